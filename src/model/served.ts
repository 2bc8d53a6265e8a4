/**
 * The served notebooks of this server: one question at the start and after a lost connection,
 * events in between.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import { ServerPartMissing, type INeutrinoApi } from '../api';
import { DisposableObservable } from '../observable';
import type { EndpointStats, Served, ServedEvent, ServeRequest } from '../protocol';

/** Whether the server part answers. */
export type Connection = 'unknown' | 'ready' | 'missing' | 'lost';

/** Endpoints of one served notebook. */
export interface IStatsChange {
  readonly id: string;
  readonly keys: readonly string[];
}

/**
 * What is served, with the stats of its endpoints. `changed` is emitted when a notebook's state
 * changes, or the connection.
 */
export class ServedNotebooks extends DisposableObservable {
  constructor(options: ServedNotebooks.IOptions) {
    super();
    this._api = options.api;
    this._listening = options.listen(event => this._onEvent(event));
  }

  get connection(): Connection {
    return this._connection;
  }

  /** Emitted with the endpoints whose stats changed. */
  get statsChanged(): ISignal<this, IStatsChange> {
    return this._statsChanged;
  }

  /** Those with a worker, or about to have one. */
  running(): readonly Served[] {
    return [...this._served.values()].filter(each => each.state !== 'stopped');
  }

  /** What is known of the notebook at a contents path. */
  at(path: string): Served | null {
    const found = [...this._served.values()].filter(each => each.path === path);
    return found.find(each => each.state !== 'stopped') ?? found.pop() ?? null;
  }

  stats(id: string, key: string): EndpointStats | null {
    return this._stats.get(id)?.get(key) ?? null;
  }

  allStats(id: string): readonly EndpointStats[] {
    return [...(this._stats.get(id)?.values() ?? [])];
  }

  /** Whether the process of a notebook has ended and come back, and nobody has taken note yet. */
  hasLostMemory(id: string): boolean {
    return (this._served.get(id)?.restarts ?? 0) > (this._restarts.get(id) ?? 0);
  }

  /** The user knows. */
  takeNote(id: string): void {
    this._restarts.set(id, this._served.get(id)?.restarts ?? 0);
    this._changed.emit();
  }

  /** Ask the server for everything. */
  async refresh(): Promise<void> {
    const asked = this._newest;
    try {
      const answer = await this._api.listServed();
      // What was told of while the answer was on its way may not be in it yet.
      const since = [...this._served.values()].filter(each => each.revision > asked);
      this._served = new Map(since.map(each => [each.id, each]));
      answer.forEach(each => this._adopt(each));
      this._connection = 'ready';
    } catch (error) {
      this._connection = error instanceof ServerPartMissing ? 'missing' : 'lost';
    }
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  async serve(request: ServeRequest): Promise<Served> {
    const served = await this._api.serve(request);
    this._put(served);
    return served;
  }

  async stop(id: string): Promise<void> {
    await this._api.stop(id);
    const served = this._served.get(id);
    if (served && served.state !== 'stopped') {
      this._put({ ...served, state: 'stopped', reason: '', running: null });
    }
  }

  protected override release(): void {
    this._listening.dispose();
  }

  private _onEvent(event: ServedEvent): void {
    if (event.served) {
      this._put(event.served);
    }
    if (event.id && event.stats.length > 0) {
      const known = this._stats.get(event.id) ?? new Map<string, EndpointStats>();
      event.stats.forEach(each => known.set(each.key, each));
      this._stats.set(event.id, known);
      this._statsChanged.emit({ id: event.id, keys: event.stats.map(each => each.key) });
    }
  }

  private _put(served: Served): void {
    if (this._adopt(served)) {
      this._changed.emit();
    }
  }

  /** Take over what is told, unless something newer is known. */
  private _adopt(served: Served): boolean {
    const known = this._served.get(served.id);
    if (known && known.revision > served.revision) {
      return false;
    }
    this._newest = Math.max(this._newest, served.revision);
    this._served.set(served.id, served);
    if (served.state === 'stopped') {
      this._stats.delete(served.id);
      this._restarts.delete(served.id);
    }
    return true;
  }

  private readonly _api: Pick<INeutrinoApi, 'listServed' | 'serve' | 'stop'>;
  private readonly _listening: IDisposable;
  private readonly _statsChanged = new Signal<this, IStatsChange>(this);
  private readonly _stats = new Map<string, Map<string, EndpointStats>>();
  /** How many restarts the user knows of, by id. */
  private readonly _restarts = new Map<string, number>();
  private _served = new Map<string, Served>();
  /** The greatest revision that was told. */
  private _newest = -1;
  private _connection: Connection = 'unknown';
}

export namespace ServedNotebooks {
  export interface IOptions {
    readonly api: Pick<INeutrinoApi, 'listServed' | 'serve' | 'stop'>;
    readonly listen: (listener: (event: ServedEvent) => void) => IDisposable;
  }
}
