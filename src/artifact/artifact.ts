/**
 * What was run in a session, as cells that can be edited and run again.
 */
import type { ICodeCell } from '@jupyterlab/nbformat';
import type { IExecutionApi } from '../api';
import { DisposableObservable } from '../observable';
import { ArtifactCell, type CellState } from './cell';

/**
 * The cells of one session; the last one is a draft to type into. `changed` is emitted when cells
 * come or go, and when the session is another one.
 */
export class Artifact extends DisposableObservable {
  constructor(private readonly _options: Artifact.IOptions) {
    super();
    this._sessionId = _options.sessionId ?? null;
    this._append();
  }

  get cells(): readonly ArtifactCell[] {
    return this._cells;
  }

  /** Those that were run, or are to be. */
  get written(): readonly ArtifactCell[] {
    return this._cells.filter(cell => cell.state !== 'draft' || cell.code.trim());
  }

  get running(): ArtifactCell | null {
    return this._cells.find(cell => cell.state === 'running') ?? null;
  }

  /** Whether a cell is run from here. */
  runs(cell: ArtifactCell): boolean {
    return this._runs.has(cell);
  }

  /** Where code runs; null until something was run. */
  get sessionId(): string | null {
    return this._sessionId;
  }

  set sessionId(id: string | null) {
    if (id !== this._sessionId) {
      this._sessionId = id;
      this._changed.emit();
    }
  }

  /** A new cell: behind another one, at the top (null), or else before the draft at the end. */
  add(code: string, state: CellState = 'draft', behind?: ArtifactCell | null): ArtifactCell {
    const cell = new ArtifactCell(code, state);
    const last = this._cells[this._cells.length - 1];
    const end = last?.state === 'draft' ? this._cells.length - 1 : this._cells.length;
    const index = behind === undefined ? end : behind ? this._cells.indexOf(behind) + 1 : 0;
    this._cells.splice(index, 0, cell);
    this._changed.emit();
    return cell;
  }

  remove(cell: ArtifactCell): void {
    const index = this._cells.indexOf(cell);
    if (index < 0) {
      return;
    }
    this._cells.splice(index, 1);
    if (this._cells[this._cells.length - 1]?.state !== 'draft') {
      this._append();
    }
    this._changed.emit();
    cell.dispose();
  }

  /** Take all cells away, and leave the session. */
  clear(): void {
    const old = this._cells.splice(0);
    this._sessionId = null;
    this._append();
    this._changed.emit();
    old.forEach(cell => cell.dispose());
  }

  /** Run a cell in the session, which is opened with the first one. It never raises. */
  async run(cell: ArtifactCell): Promise<void> {
    if (cell.state === 'running' || cell.state === 'asking' || !cell.code.trim()) {
      return;
    }
    const { api, now, name } = this._options;
    const isLast = cell === this._cells[this._cells.length - 1];
    cell.begin(now());
    this._runs.add(cell);
    if (isLast) {
      this._append();
      this._changed.emit();
    }
    try {
      this.sessionId ??= (await api.openSession(name())).session_id;
      const body = { code: cell.code, session_id: this.sessionId };
      for await (const { kind, data } of api.execute(body, this._abort.signal)) {
        if (cell.isDisposed) {
          return;
        }
        cell.take(kind, data);
      }
    } catch (error) {
      if (!cell.isDisposed) {
        cell.stop('failed', (error as Error).message);
      }
    } finally {
      this._runs.delete(cell);
    }
  }

  /** End what runs in the session. */
  async interrupt(): Promise<void> {
    if (this._sessionId !== null) {
      await this._options.api.interrupt(this._sessionId);
    }
  }

  protected override release(): void {
    this._abort.abort();
    this._cells.splice(0).forEach(cell => cell.dispose());
  }

  private _append(): void {
    this._cells.push(new ArtifactCell(''));
  }

  private readonly _abort = new AbortController();
  private readonly _cells: ArtifactCell[] = [];
  private readonly _runs = new Set<ArtifactCell>();
  private _sessionId: string | null;
}

export namespace Artifact {
  export interface IOptions {
    readonly api: IExecutionApi;
    readonly now: () => number;
    /** What a session is called that has to be opened. */
    readonly name: () => string;
    readonly sessionId?: string;
  }
}

/** A cell as a notebook has it. One that raised does not keep those below it from running. */
export function asNotebookCell(cell: ArtifactCell): ICodeCell {
  const made = cell.model.toJSON() as ICodeCell;
  const hasRaised = cell.status === 'error';
  return { ...made, metadata: hasRaised ? { tags: ['raises-exception'] } : {} };
}
