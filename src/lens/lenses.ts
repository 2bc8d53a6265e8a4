/**
 * Keeps the lenses of one view of a notebook: one for each declarative cell that is rendered.
 */
import type { Cell } from '@jupyterlab/cells';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Signal } from '@lumino/signaling';
import type { PanelLayout } from '@lumino/widgets';
import type { NotebookState } from '../model';
import type { IViewContext } from '../view';
import type { FirstRunHint } from './firstrunhint';
import { Lens } from './widget';

/** Below the header, above the input: also there when the input is collapsed. */
const PLACE = 1;

/** The lenses of one notebook panel; they go with it. */
export class Lenses {
  constructor(
    private readonly _panel: NotebookPanel,
    private readonly _state: NotebookState,
    private readonly _view: IViewContext,
    private readonly _hint: FirstRunHint
  ) {
    const { content } = _panel;
    _state.changed.connect(this._update, this);
    content.modelChanged.connect(this._onModelChanged, this);
    this._onModelChanged();
    content.cellInViewportChanged.connect(this._update, this);
    content.activeCellChanged.connect(this._update, this);
    _view.model.preferences.changed.connect(this._update, this);
    _panel.disposed.connect(this._dispose, this);
  }

  private _dispose(): void {
    this._isDisposed = true;
    Signal.clearData(this);
    this._lenses.forEach(lens => lens.dispose());
    this._lenses.clear();
  }

  /** Cells that come and go; not the model's content, which changes with every output. */
  private _onModelChanged(): void {
    this._panel.content.model?.cells.changed.connect(this._update, this);
    this._update();
  }

  private _update(): void {
    const wanted = this._wanted();
    for (const [cell, lens] of this._lenses) {
      if (lens.isDisposed || cell.isDisposed || !wanted.has(cell.model.id)) {
        lens.dispose();
        this._lenses.delete(cell);
      }
    }
    for (const cell of this._panel.content.widgets) {
      if (wanted.has(cell.model.id) && !this._lenses.has(cell)) {
        this._place(cell);
      }
    }
  }

  private _place(cell: Cell): void {
    if (cell.isPlaceholder()) {
      // A cell out of view has no parts yet; it tells when it gets them.
      if (!this._awaited.has(cell)) {
        this._awaited.add(cell);
        void cell.ready.then(() => this._isDisposed || this._update());
      }
      return;
    }
    const lens = new Lens(cell, this._state, this._view, this._hint);
    this._lenses.set(cell, lens);
    (cell.layout as PanelLayout).insertWidget(PLACE, lens);
  }

  /** The ids of the cells that are to have a lens now. */
  private _wanted(): ReadonlySet<string> {
    const mode = this._view.model.preferences.values.lens;
    if (mode === 'off') {
      return new Set();
    }
    const { cells, rows } = this._state.snapshot;
    const served = rows.map(row => row.endpoint.cell_id);
    const all = new Set([...cells.map(cell => cell.cell_id), ...served]);
    const active = this._panel.content.activeCell?.model.id;
    return mode === 'always' ? all : new Set([...all].filter(id => id === active));
  }

  private readonly _lenses = new Map<Cell, Lens>();
  private readonly _awaited = new WeakSet<Cell>();
  private _isDisposed = false;
}
