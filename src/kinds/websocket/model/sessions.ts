/**
 * The WebSocket sessions of one notebook: one for each endpoint that was shown. They follow how it
 * is served also while no view does.
 */
import type { IDisposable } from '@lumino/disposable';
import { Token, UUID, type ReadonlyPartialJSONValue } from '@lumino/coreutils';
import type { IStateDB } from '@jupyterlab/statedb';
import { Signal } from '@lumino/signaling';
import type { INeutrinoApi } from '../../../api';
import { JournalFeed } from '../../../model/journal';
import type { NotebookState } from '../../../model/notebook';
import type { PreviewSession } from '../../../model/preview';
import { CALL_HEADER } from '../../../protocol';
import { keepable, keepableText } from '../../../model/preview/secrets';
import { asTree } from '../../../model/preview/values';
import { baseOf, filledBody } from '../../../model/preview/variables';
import { WebSocketSession, type ISocketEndpoint, type ITyped } from './session';

/** How long nothing is typed before it is kept. */
const SAVE_MS = 500;

interface IKept {
  readonly session: WebSocketSession;
  readonly feed: JournalFeed;
  /** What the feed asks for. */
  readonly key: string;
}

const SESSIONS = new Token<WebSocketSessions>('neutrino-lab:webSocketSessions');

/** The WebSocket sessions of a notebook, with the browser's own sockets. */
export function sessionsOf(
  session: PreviewSession,
  state: NotebookState,
  api: Pick<INeutrinoApi, 'journal' | 'liveUrl'>
): WebSocketSessions {
  const sockets: WebSocketSession.IOptions = {
    open: (served, target, call) => new WebSocket(api.liveUrl(served, named(target, call), 'ws')),
    name: () => UUID.uuid4(),
    now: () => Date.now(),
    fill: text =>
      filledBody(text, { ...baseOf(api, state.snapshot.served), ...session.variables.all }),
    later: (call, delayMs) => {
      const timer = window.setTimeout(call, delayMs);
      return () => window.clearTimeout(timer);
    }
  };
  const { storage } = session.services;
  return session.part(SESSIONS, () => new WebSocketSessions({ state, api, storage, sockets }));
}

/** No browser sends headers with a WebSocket; Jupyter's proxy makes one of this argument. */
function named(target: string, call: string): string {
  return `${target}${target.includes('?') ? '&' : '?'}${CALL_HEADER}=${call}`;
}

/** Makes and keeps sessions. */
export class WebSocketSessions implements IDisposable {
  constructor(private readonly _options: WebSocketSessions.IOptions) {
    _options.state.changed.connect(this._onStateChanged, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The session of an endpoint, made when it is first asked for. */
  of(endpoint: ISocketEndpoint): WebSocketSession {
    const { state, sockets } = this._options;
    const place = state.placeOf(endpoint);
    const known = this._kept.get(place);
    if (known) {
      return known.session;
    }
    const session = new WebSocketSession(endpoint, sockets);
    session.follow(endpoint, state.snapshot.served);
    this._keep(place, session);
    this._saveTyped(place, session);
    void this._restore(place, session);
    return session;
  }

  /** Follow what the server tells of an endpoint, from now on: also while no view does. */
  watch(endpoint: ISocketEndpoint): void {
    const place = this._options.state.placeOf(endpoint);
    const kept = this._kept.get(place);
    if (kept && !this._watched.has(place)) {
      this._watched.add(place);
      kept.feed.watch();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    for (const { session, feed } of this._kept.values()) {
      feed.dispose();
      session.dispose();
    }
    this._kept.clear();
    Signal.clearData(this);
  }

  private _keep(place: string, session: WebSocketSession): void {
    const { state, api } = this._options;
    const { key } = session.endpoint;
    this._kept.get(place)?.feed.dispose();
    const feed = new JournalFeed({ state, api, key });
    feed.changed.connect(() => {
      if (feed.journal) {
        session.applyJournal(feed.journal);
      }
    });
    this._kept.set(place, { session, feed, key });
    if (this._watched.has(place)) {
      feed.watch();
    }
  }

  /** Save what is typed when it has changed: a session has much else to tell. */
  private _saveTyped(place: string, session: WebSocketSession): void {
    const now = (): string => JSON.stringify(keepableTyped(session.typed));
    let known = now();
    let cancel = (): void => undefined;
    session.changed.connect(() => {
      const newest = now();
      if (newest !== known) {
        known = newest;
        cancel();
        cancel = this._options.sockets.later(() => void this._save(place, newest), SAVE_MS);
      }
    });
  }

  private async _restore(place: string, session: WebSocketSession): Promise<void> {
    const kept = asTree(await this._options.storage?.fetch(this._placeFor(place)));
    if (!this._isDisposed && typeof kept.draft === 'string' && Array.isArray(kept.clients)) {
      session.restore({ draft: kept.draft, clients: kept.clients.map(asClient) });
    }
  }

  private async _save(place: string, newest: string): Promise<void> {
    if (!this._isDisposed) {
      const typed = JSON.parse(newest) as ReadonlyPartialJSONValue;
      await this._options.storage?.save(this._placeFor(place), typed);
    }
  }

  private _placeFor(place: string): string {
    return `neutrino-lab:console:${this._options.state.snapshot.path}:${place}`;
  }

  private _onStateChanged(): void {
    const { rows, served } = this._options.state.snapshot;
    for (const [place, { session, key }] of [...this._kept]) {
      const own = rows.filter(each => each.place === place);
      const row = own.find(each => each.isDeclared) ?? own[0];
      session.follow(row?.endpoint ?? session.endpoint, served);
      if (session.endpoint.key !== key) {
        // The same session; the journal knows it by its new path.
        this._keep(place, session);
      }
    }
  }

  private readonly _kept = new Map<string, IKept>();
  /** The places whose journal is followed. */
  private readonly _watched = new Set<string>();
  private _isDisposed = false;
}

export namespace WebSocketSessions {
  export interface IOptions {
    readonly state: NotebookState;
    readonly api: Pick<INeutrinoApi, 'journal'>;
    readonly sockets: WebSocketSession.IOptions;
    /** Where what is filled in outlives the page. */
    readonly storage: Pick<IStateDB, 'fetch' | 'save'> | null;
  }
}

/** What is typed as it may be kept: secrets by their names. */
function keepableTyped({ draft, clients }: ITyped): ITyped {
  return { draft: keepableText(draft) ?? '', clients: keepable(clients) };
}

/** A client as it was kept; somebody may have written there by hand. */
function asClient(found: unknown): ITyped['clients'][number] {
  const { name, values } = asTree(found);
  const texts = Object.entries(asTree(values)).map(
    ([each, value]) => [each, String(value)] as const
  );
  return { name: String(name), values: Object.fromEntries(texts) };
}
