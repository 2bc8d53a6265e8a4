/**
 * The consoles of one notebook: one for each WebSocket that was looked at, told how it is served
 * also while nobody looks.
 */
import type { IDisposable } from '@lumino/disposable';
import type { ReadonlyPartialJSONValue } from '@lumino/coreutils';
import type { IStateDB } from '@jupyterlab/statedb';
import { Signal } from '@lumino/signaling';
import type { INeutrinoApi } from '../../api';
import type { Endpoint } from '../../protocol';
import { JournalFeed } from '../journal';
import type { NotebookState } from '../notebook';
import { asTree } from '../preview/values';
import { SocketConsole, type ITyped } from './console';

/** How long nothing is typed before it is kept. */
const SAVE_MS = 500;

interface IKept {
  readonly console: SocketConsole;
  readonly feed: JournalFeed;
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
  of(endpoint: Endpoint): SocketConsole {
    const known = this._kept.get(endpoint.key);
    if (known) {
      return known.console;
    }
    const { state, sockets } = this._options;
    const console = new SocketConsole(endpoint, sockets);
    console.follow(endpoint, state.snapshot.served);
    this._keep(endpoint.key, console);
    this._saveTyped(console);
    void this._restore(endpoint.key, console);
    return console;
  }

  /** An endpoint has another path: its console stays as it is. */
  rename(before: string, after: string): void {
    const known = this._kept.get(before);
    if (known && !this._kept.has(after)) {
      known.feed.dispose();
      this._kept.delete(before);
      this._keep(after, known.console);
      this._onStateChanged();
    }
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

  private _keep(key: string, console: SocketConsole): void {
    const { state, api } = this._options;
    const feed = new JournalFeed({ state, api, key });
    feed.changed.connect(() => {
      if (feed.journal) {
        console.learn(feed.journal);
      }
    });
    this._kept.set(key, { console, feed });
  }

  /** Save what is typed when it has changed: a console has much else to tell. */
  private _saveTyped(console: SocketConsole): void {
    const now = (): string => JSON.stringify([console.endpoint.key, console.typed]);
    let known = now();
    let cancel = (): void => undefined;
    console.changed.connect(() => {
      const newest = now();
      if (newest !== known) {
        known = newest;
        cancel();
        cancel = this._options.sockets.later(() => void this._save(newest), SAVE_MS);
      }
    });
  }

  private async _restore(key: string, console: SocketConsole): Promise<void> {
    const kept = asTree(await this._options.storage?.fetch(this._place(key)));
    if (!this._isDisposed && typeof kept.draft === 'string' && Array.isArray(kept.clients)) {
      console.restore({ draft: kept.draft, clients: kept.clients.map(asClient) });
    }
  }

  private async _save(newest: string): Promise<void> {
    if (!this._isDisposed) {
      const [key, typed] = JSON.parse(newest) as [string, ReadonlyPartialJSONValue];
      await this._options.storage?.save(this._place(key), typed);
    }
  }

  private _place(key: string): string {
    return `neutrino-lab:console:${this._options.state.snapshot.path}:${key}`;
  }

  private _onStateChanged(): void {
    const { rows, served } = this._options.state.snapshot;
    for (const [key, { console }] of this._kept) {
      const row = rows.find(each => each.endpoint.key === key);
      console.follow(row?.endpoint ?? console.endpoint, served);
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

/** A client as it was kept; somebody may have written there by hand. */
function asClient(found: unknown): ITyped['clients'][number] {
  const { name, values } = asTree(found);
  const texts = Object.entries(asTree(values)).map(([each, value]) => [each, String(value)]);
  return {
    name: String(name),
    values: Object.fromEntries(texts) as ITyped['clients'][0]['values']
  };
}
