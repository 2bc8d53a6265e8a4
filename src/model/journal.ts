/**
 * What the server's journal tells of one endpoint: asked for when the stats that were pushed say
 * that something happened, and never on a timer.
 */
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import type { INeutrinoApi } from '../api';
import { DisposableObservable } from '../observable';
import type { Journal } from '../protocol';
import { isUp } from './status';
import type { NotebookState } from './notebook';

/** More of each kind are forgotten, the oldest first: no more are kept by the server. */
const MOST_ENTRIES = 500;

/** The newest journal of an endpoint. `changed` is emitted after every answer. */
export class JournalFeed extends DisposableObservable {
  constructor(private readonly _options: JournalFeed.IOptions) {
    super();
    const { state } = _options;
    state.changed.connect(this._look, this);
    state.statsChanged.connect(this._look, this);
  }

  /** Null before the first answer; that of the last worker after it has stopped. */
  get journal(): Journal | null {
    return this._journal;
  }

  /** Why the newest question got no answer. */
  get failure(): Error | null {
    return this._failure;
  }

  /** Follow what happens, until disposed; without it nothing is asked. */
  watch(): IDisposable {
    this._watchers += 1;
    this._look();
    return new DisposableDelegate(() => {
      this._watchers -= 1;
    });
  }

  /** Ask now; what happens meanwhile is asked for once more, not once each. */
  async refresh(): Promise<void> {
    const { served } = this._options.state.snapshot;
    if (this._isAsking || !isUp(served)) {
      this._isStale = this._isAsking;
      return;
    }
    this._isAsking = true;
    do {
      this._isStale = false;
      await this._ask(served.id);
    } while (this._isStale && !this.isDisposed);
    this._isAsking = false;
  }

  private async _ask(id: string): Promise<void> {
    const { api, key } = this._options;
    try {
      const known = this._journal;
      const news = await api.journal(id, key, known?.cursor);
      // Of a journal that was begun again meanwhile this is not the continuation.
      if (known === this._journal) {
        this._journal = merged(known, news);
      }
      this._failure = null;
    } catch (error) {
      this._failure = error as Error;
    }
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  /** Ask where another worker answers, or where something has happened since it was looked. */
  private _look(): void {
    if (this._watchers === 0) {
      return;
    }
    const { state, key } = this._options;
    const { fingerprint = () => JSON.stringify(state.stats(key)) } = this._options;
    const { served } = state.snapshot;
    const id = isUp(served) ? served.id : '';
    const stats = fingerprint();
    const isOther = id !== '' && id !== this._id;
    if (isOther) {
      this._journal = null;
    }
    if (isOther || stats !== this._stats) {
      void this.refresh();
    }
    this._id = id;
    this._stats = stats;
  }

  private _journal: Journal | null = null;
  private _failure: Error | null = null;
  private _stats = '';
  private _id = '';
  private _isAsking = false;
  private _isStale = false;
  private _watchers = 0;
}

export namespace JournalFeed {
  export interface IOptions {
    readonly state: Pick<NotebookState, 'snapshot' | 'changed' | 'statsChanged' | 'stats'>;
    readonly api: Pick<INeutrinoApi, 'journal'>;
    /** The endpoint; empty for all of them. */
    readonly key: string;
    /** What has to read otherwise before it is asked again; the stats of the endpoint. */
    readonly fingerprint?: () => string;
  }
}

/** What was known, and what is new. */
function merged(known: Journal | null, news: Journal): Journal {
  if (!known || news.is_whole) {
    return news;
  }
  // A line that has grown since is told again.
  const grown = new Set(news.prints.map(each => each.at));
  const prints = known.prints.filter(each => !grown.has(each.at));
  const { cursor, is_whole } = news;
  return {
    cursor,
    is_whole,
    calls: newest(known.calls, news.calls),
    messages: newest(known.messages, news.messages),
    prints: newest(prints, news.prints).sort((a, b) => a.at - b.at),
    crashes: newest(known.crashes, news.crashes),
    runs: newest(known.runs, news.runs)
  };
}

function newest<T>(known: readonly T[], news: readonly T[]): T[] {
  return [...known, ...news].slice(-MOST_ENTRIES);
}
