/**
 * One open notebook as the views show it: what it declares and what of it is served, in one
 * immutable snapshot.
 */
import { Signal, type ISignal } from '@lumino/signaling';
import { DisposableObservable } from '../observable';
import type {
  DeclaredCell,
  Diagnostic,
  Endpoint,
  EndpointStats,
  PlainFunction,
  Served
} from '../protocol';
import type { NotebookAnalysis } from './analysis';
import { diagnostics, isUp, notebookStatus, rows, type IStatus, type IRow } from './status';
import { Places } from './places';
import type { IStatsChange, ServedNotebooks } from './served';

/** What a view draws. */
export interface ISnapshot {
  readonly path: string;
  readonly served: Served | null;
  readonly status: IStatus;
  readonly rows: readonly IRow[];
  readonly diagnostics: readonly Diagnostic[];
  /** The cells that declare something, or mean to, with their coloured pieces. */
  readonly cells: readonly DeclaredCell[];
  /** The plain functions that could be declared. */
  readonly functions: readonly PlainFunction[];
  /** By cell, the text that pieces and diagnostics are about. */
  readonly sources: ReadonlyMap<string, string>;
  readonly editedCells: number;
  readonly isAnalysed: boolean;
  readonly failure: Error | null;
}

/**
 * The meeting of an analysis and of what is served at its path. `changed` is emitted when there is
 * a new snapshot.
 */
export class NotebookState extends DisposableObservable {
  constructor(
    readonly analysis: NotebookAnalysis,
    private readonly _served: ServedNotebooks,
    private readonly _path: () => string
  ) {
    super();
    this._places = new Places();
    this._snapshot = this._take();
    analysis.changed.connect(this.update, this);
    _served.changed.connect(this.update, this);
    _served.statsChanged.connect(this._onStats, this);
  }

  get snapshot(): ISnapshot {
    return this._snapshot;
  }

  /** Emitted with the keys of the endpoints that were called, connected to or run. */
  get statsChanged(): ISignal<this, readonly string[]> {
    return this._statsChanged;
  }

  /** What an endpoint is known by while its declaration is edited. */
  placeOf(endpoint: Endpoint): string {
    return this._places.of(endpoint);
  }

  stats(key: string): EndpointStats | null {
    const id = this._snapshot.served?.id;
    return id ? this._served.stats(id, key) : null;
  }

  /** The stats of everything that is served of the notebook. */
  get allStats(): readonly EndpointStats[] {
    const id = this._snapshot.served?.id;
    return id ? this._served.allStats(id) : [];
  }

  /**
   * What is served once it answers, by way of `serve` where nothing does; null where it does not
   * come up.
   */
  async ensureUp(serve: () => Promise<unknown>): Promise<Served | null> {
    if (!isUp(this._snapshot.served)) {
      await serve();
    }
    return new Promise(resolve => {
      const look = (): void => {
        const { served } = this._snapshot;
        if (served?.state !== 'starting' && served?.state !== 'restarting') {
          this._changed.disconnect(look);
          resolve(isUp(served) ? served : null);
        }
      };
      this._changed.connect(look);
      look();
    });
  }

  /** Look again at what is known: it has changed, or the notebook was renamed. */
  update(): void {
    this._snapshot = this._take();
    this._changed.emit();
  }

  protected override release(): void {
    this.analysis.dispose();
  }

  private _onStats(_: ServedNotebooks, { id, keys }: IStatsChange): void {
    if (id !== this._snapshot.served?.id) {
      return;
    }
    const paused = this._findPaused(this._snapshot.served);
    if (paused.size !== this._paused.size || [...paused].some(key => !this._paused.has(key))) {
      this.update();
    }
    this._statsChanged.emit(keys);
  }

  private _findPaused(served: Served | null): ReadonlySet<string> {
    const keys = served?.endpoints.map(each => each.key) ?? [];
    return new Set(keys.filter(key => served && this._served.stats(served.id, key)?.is_paused));
  }

  private _take(): ISnapshot {
    const path = this._path();
    const served = this._served.at(path);
    const { analysis, analysedSources, edited, failure } = this.analysis;
    this._paused = this._findPaused(served);
    this._places.update(analysis?.endpoints ?? served?.endpoints ?? []);
    const isLost = this._served.connection === 'lost';
    const evidence = { analysis, served, edited, paused: this._paused, isLost };
    const found = diagnostics(evidence);
    return {
      path,
      served,
      failure,
      status: notebookStatus(evidence),
      rows: rows(evidence, found, each => this._places.of(each)),
      diagnostics: found,
      cells: analysis?.cells ?? [],
      functions: analysis?.functions ?? [],
      sources: analysedSources,
      editedCells: edited.size,
      isAnalysed: analysis !== null
    };
  }

  private readonly _statsChanged = new Signal<this, readonly string[]>(this);
  private readonly _places: Places;
  private _snapshot: ISnapshot;
  private _paused: ReadonlySet<string> = new Set();
}
