/**
 * What one open notebook declares: asked of the server a moment after the last edit, and never
 * again while only outputs change.
 */
import type { ICellModel } from '@jupyterlab/cells';
import type { INotebookModel } from '@jupyterlab/notebook';
import { Debouncer } from '@lumino/polling';
import type { INeutrinoApi } from '../api';
import { DisposableObservable } from '../observable';
import type { Analysis, AnalysisRequest, SourceCell } from '../protocol';
import { acceptedHash } from './provenance';

const DELAY_MS = 200;

/**
 * The analysis of one notebook, and which of its cells differ from the saved file. `changed` is
 * emitted after a new answer, and when the set of edited cells changes.
 */
export class NotebookAnalysis extends DisposableObservable {
  constructor(options: NotebookAnalysis.IOptions) {
    super();
    this._options = options;
    this._debouncer = new Debouncer(() => this.refresh(), options.delayMs ?? DELAY_MS);
    // Not the model's `contentChanged`, which outputs emit too: a cell that prints without end would
    // put the question off for ever.
    options.model.cells.changed.connect(this._onCellsChanged, this);
    options.model.metadataChanged.connect(this._onContentChanged, this);
    this._onCellsChanged();
  }

  /** The newest answer; null before the first. */
  get analysis(): Analysis | null {
    return this._analysis;
  }

  /** Why the newest question got no answer. */
  get failure(): Error | null {
    return this._failure;
  }

  /** The ids of the code cells that differ from the saved file. */
  get edited(): ReadonlySet<string> {
    return this._edited;
  }

  /**
   * Whether code was edited, added, removed or moved since the file was written. A document can
   * be dirty without: a kernel that starts writes its version into the metadata.
   */
  get isAhead(): boolean {
    return fingerprintOf(this._cells()) !== this._savedFingerprint;
  }

  /** The text of every code cell that the newest answer is about. */
  get analysedSources(): ReadonlyMap<string, string> {
    return this._asked;
  }

  /** The whole document as it is now, for a question about one place of it. */
  get document(): { readonly path: string; readonly cells: readonly SourceCell[] } {
    return { path: this._options.path(), cells: this._cells() };
  }

  /** The text of every code cell as it is now. */
  get sources(): ReadonlyMap<string, string> {
    return sourcesOf(this._cells());
  }

  /** The text of every code cell as it is in the saved file. */
  get savedSources(): ReadonlyMap<string, string> {
    return this._saved;
  }

  /** Ask now, if there is anything new to ask. */
  async refresh(): Promise<void> {
    if (this.isDisposed || !speaksPython(this._options.model)) {
      return;
    }
    const cells = this._cells();
    if (this._compare(cells)) {
      this._changed.emit();
    }
    const path = this._options.path();
    const timezone = this._options.timezone?.() ?? '';
    const request = { path, timezone, cells };
    const fingerprint = JSON.stringify(request);
    if (fingerprint !== this._fingerprint) {
      this._fingerprint = fingerprint;
      await this._ask(request, fingerprint);
    }
  }

  /** Ask again although nothing changed: a setting did, or the server is back. */
  async retry(): Promise<void> {
    this._fingerprint = '';
    await this.refresh();
  }

  /** Remember the cells that are being written just now. */
  beginSave(): void {
    this._saving = this._cells();
  }

  /** The file now holds what `beginSave` saw or, without it, what the document holds. */
  endSave(): void {
    const cells = this._saving ?? this._cells();
    this._saved = sourcesOf(cells);
    this._savedFingerprint = fingerprintOf(cells);
    this._saving = null;
    this._compare(this._cells());
    this._changed.emit();
  }

  /** The file could not be written. */
  abandonSave(): void {
    this._saving = null;
  }

  protected override release(): void {
    this._debouncer.dispose();
  }

  private _onCellsChanged(): void {
    const cells = new Set(Array.from(this._options.model.cells, each => each.sharedModel));
    for (const cell of this._followed) {
      if (!cells.has(cell)) {
        cell.changed.disconnect(this._onCellChanged, this);
      }
    }
    for (const cell of cells) {
      if (!this._followed.has(cell)) {
        cell.changed.connect(this._onCellChanged, this);
      }
    }
    this._followed = cells;
    this._onContentChanged();
  }

  private _onCellChanged(_: unknown, change: ICellChange): void {
    if (change.sourceChange || change.metadataChange) {
      this._onContentChanged();
    }
  }

  private _onContentChanged(): void {
    if (!this.isDisposed) {
      void this._debouncer.invoke().catch(() => undefined);
    }
  }

  private async _ask(request: AnalysisRequest, fingerprint: string): Promise<void> {
    let analysis: Analysis | null = null;
    let failure: Error | null = null;
    try {
      analysis = await this._options.api.analyse(request);
    } catch (error) {
      failure = error as Error;
    }
    const isOvertaken = fingerprint !== this._fingerprint;
    if (this.isDisposed || isOvertaken) {
      return;
    }
    if (failure) {
      this._fingerprint = '';
    } else {
      this._analysis = analysis;
      this._asked = sourcesOf(request.cells);
    }
    this._failure = failure;
    this._changed.emit();
  }

  /** Compare the cells with the file again; true where they are not the same as before. */
  private _compare(cells: readonly SourceCell[]): boolean {
    const before = this._edited;
    const saved = this._saved;
    this._edited = new Set(
      cells.filter(c => c.type === 'code' && saved.get(c.id) !== c.source).map(c => c.id)
    );
    return before.size !== this._edited.size || [...this._edited].some(id => !before.has(id));
  }

  private _cells(): readonly SourceCell[] {
    return Array.from(this._options.model.cells, sourceCell);
  }

  private readonly _options: NotebookAnalysis.IOptions;
  private readonly _debouncer: Debouncer<void>;
  private _followed: ReadonlySet<ICellModel['sharedModel']> = new Set();
  private _analysis: Analysis | null = null;
  private _failure: Error | null = null;
  private _fingerprint = '';
  private _asked: ReadonlyMap<string, string> = new Map();
  private _saved: ReadonlyMap<string, string> = new Map();
  private _savedFingerprint = '';
  private _saving: readonly SourceCell[] | null = null;
  private _edited: ReadonlySet<string> = new Set();
}

/** As much as matters of what a cell tells of a change. */
interface ICellChange {
  readonly sourceChange?: unknown;
  readonly metadataChange?: unknown;
}

export namespace NotebookAnalysis {
  export interface IOptions {
    readonly model: INotebookModel;
    readonly path: () => string;
    readonly api: Pick<INeutrinoApi, 'analyse'>;
    readonly timezone?: () => string;
    readonly delayMs?: number;
  }
}

/** A cell as it is sent; only its place matters of one that holds no code. */
function sourceCell(cell: ICellModel): SourceCell {
  if (cell.type !== 'code') {
    return { id: cell.id, type: cell.type === 'markdown' ? 'markdown' : 'raw', source: '' };
  }
  const tags: unknown = cell.getMetadata('tags');
  const generated = acceptedHash(cell);
  return {
    id: cell.id,
    type: 'code',
    source: cell.sharedModel.getSource(),
    tags: Array.isArray(tags) ? tags.map(String) : [],
    ...(generated ? { generated } : {})
  };
}

function sourcesOf(cells: readonly SourceCell[]): ReadonlyMap<string, string> {
  return new Map(cells.filter(c => c.type === 'code').map(c => [c.id, c.source]));
}

function fingerprintOf(cells: readonly SourceCell[]): string {
  return JSON.stringify(cells.filter(c => c.type === 'code'));
}

function speaksPython(model: INotebookModel): boolean {
  const language = model.defaultKernelLanguage;
  return !language || language.toLowerCase() === 'python';
}
