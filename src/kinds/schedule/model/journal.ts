/**
 * The journals of the schedules that were shown, which outlive their view.
 */
import { Token } from '@lumino/coreutils';
import { DisposableSet } from '@lumino/disposable';
import type { INeutrinoApi } from '../../../api';
import { JournalFeed, type NotebookState } from '../../../model';
import type { PreviewSession } from '../../../model/preview';

class Feeds extends DisposableSet {
  readonly byKey = new Map<string, JournalFeed>();
}

const FEEDS = new Token<Feeds>('neutrino-lab:schedules');

/** The journal of a schedule, made when it is first asked for. */
export function journalOf(
  key: string,
  session: PreviewSession,
  state: NotebookState,
  api: Pick<INeutrinoApi, 'journal'>
): JournalFeed {
  const feeds = session.part(FEEDS, () => new Feeds());
  const known = feeds.byKey.get(key);
  if (known) {
    return known;
  }
  const feed = new JournalFeed({ state, api, key });
  feeds.byKey.set(key, feed);
  feeds.add(feed);
  return feed;
}
