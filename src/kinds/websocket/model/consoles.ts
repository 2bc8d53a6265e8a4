/**
 * The consoles of one notebook: one for each WebSocket that was looked at, told how it is served
 * also while nobody looks.
 */
import type { IDisposable } from '@lumino/disposable';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import type { IStateDB } from '@jupyterlab/statedb';
import { Signal } from '@lumino/signaling';
import type { INeutrinoApi } from '../../../api';
import { JournalFeed } from '../../../model/journal';
import type { NotebookState } from '../../../model/notebook';
import { keepable, keepableText } from '../../../model/preview/secrets';
import { asTree } from '../../../model/preview/values';
import { SocketConsole, type ISocketEndpoint, type ITyped } from './console';

/** How long nothing is typed before it is kept. */
const SAVE_MS = 500;

interface IKept {
  readonly console: SocketConsole;
  readonly feed: JournalFeed;
  /** What the feed asks for. */
  readonly key: string;
}

/** Makes and keeps consoles. */
export class Consoles implements IDisposable {
  constructor(private readonly _options: Consoles.IOptions) {
    _options.state.changed.connect(this._onStateChanged, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** The console of an endpoint, made when it is first asked for. */
  of(endpoint: ISocketEndpoint): SocketConsole {
    const { state, sockets } = this._options;
    const place = state.placeOf(endpoint);
    const known = this._kept.get(place);
    if (known) {
      return known.console;
    }
    const console = new SocketConsole(endpoint, sockets);
    console.follow(endpoint, state.snapshot.served);
    this._keep(place, console);
    this._saveTyped(place, console);
    void this._restore(place, console);
    return console;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    for (const { console, feed } of this._kept.values()) {
      feed.dispose();
      console.dispose();
    }
    this._kept.clear();
    Signal.clearData(this);
  }

  private _keep(place: string, console: SocketConsole): void {
    const { state, api } = this._options;
    const { key } = console.endpoint;
    this._kept.get(place)?.feed.dispose();
    const feed = new JournalFeed({ state, api, key });
    feed.changed.connect(() => {
      if (feed.journal) {
        console.learn(feed.journal);
      }
    });
    this._kept.set(place, { console, feed, key });
  }

  /** Save what is typed when it has changed: a console has much else to tell. */
  private _saveTyped(place: string, console: SocketConsole): void {
    const now = (): string => JSON.stringify(keepableTyped(console.typed));
    let known = now();
    let cancel = (): void => undefined;
    console.changed.connect(() => {
      const newest = now();
      if (newest !== known) {
        known = newest;
        cancel();
        cancel = this._options.sockets.later(() => void this._save(place, newest), SAVE_MS);
      }
    });
  }

  private async _restore(place: string, console: SocketConsole): Promise<void> {
    const kept = asTree(await this._options.storage?.fetch(this._placeFor(place)));
    if (!this._isDisposed && typeof kept.draft === 'string' && Array.isArray(kept.clients)) {
      console.restore({ draft: kept.draft, clients: kept.clients.map(asClient) });
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
    for (const [place, { console, key }] of [...this._kept]) {
      const own = rows.filter(each => each.place === place);
      const row = own.find(each => each.isDeclared) ?? own[0];
      console.follow(row?.endpoint ?? console.endpoint, served);
      if (console.endpoint.key !== key) {
        // The same console; the journal knows it by its new path.
        this._keep(place, console);
      }
    }
  }

  private readonly _kept = new Map<string, IKept>();
  private _isDisposed = false;
}

export namespace Consoles {
  export interface IOptions {
    readonly state: NotebookState;
    readonly api: Pick<INeutrinoApi, 'journal'>;
    readonly sockets: SocketConsole.IOptions;
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
  const texts = Object.entries(asTree(values)).map(([each, value]) => [each, String(value)]);
  return {
    name: String(name),
    values: Object.fromEntries(texts) as ITyped['clients'][0]['values']
  };
}
