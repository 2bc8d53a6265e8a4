/**
 * The CodeMirror extension that colours declarations and underlines diagnostics.
 */
import { Prec, StateEffect, StateField, type Extension } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  ViewPlugin,
  type DecorationSet,
  type PluginValue,
  type ViewUpdate
} from '@codemirror/view';
import type { NotebookState } from '../model';
import { marksOf, type IMark } from './marks';

const setMarks = StateEffect.define<readonly IMark[]>();

const field = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (decorations, transaction) => {
    const mapped = decorations.map(transaction.changes);
    return transaction.effects.reduce(
      (found, effect) => (effect.is(setMarks) ? decorate(effect.value) : found),
      mapped
    );
  },
  provide: self => EditorView.decorations.from(self)
});

/** Mark the declarations of a cell. `find` answers null while the cell belongs to no notebook. */
export function highlight(cellId: () => string, find: () => NotebookState | null): Extension {
  const painter = ViewPlugin.define(view => new Painter(view, cellId, find));
  // Lowest precedence is the innermost element, whose colour wins over the string's.
  return Prec.lowest([field, painter]);
}

/** Brings the model's marks into one editor, for as long as the editor lives. */
class Painter implements PluginValue {
  constructor(
    private readonly _view: EditorView,
    private readonly _cellId: () => string,
    private readonly _find: () => NotebookState | null
  ) {
    // An editor cannot be changed while it is being made.
    queueMicrotask(() => this._attach());
  }

  update(update: ViewUpdate): void {
    if (!this._state) {
      queueMicrotask(() => this._attach());
    } else if (update.docChanged) {
      // An edit that is undone gives back the text, but not the marks that went with it.
      this._painted = '';
      queueMicrotask(() => this._paint());
    }
  }

  destroy(): void {
    this._isDestroyed = true;
    this._state?.changed.disconnect(this._paint, this);
    this._state = null;
  }

  private _attach(): void {
    if (this._isDestroyed || this._state) {
      return;
    }
    this._state = this._find();
    if (this._state) {
      this._state.changed.connect(this._paint, this);
      this._paint();
    }
  }

  private _paint(): void {
    if (!this._state || this._isDestroyed) {
      return;
    }
    const marks = marksOf(this._state.snapshot, this._cellId(), this._view.state.doc.toString());
    const signature = JSON.stringify(marks);
    if (marks && signature !== this._painted) {
      this._painted = signature;
      this._view.dispatch({ effects: setMarks.of(marks) });
    }
  }

  private _state: NotebookState | null = null;
  private _painted = '[]';
  private _isDestroyed = false;
}

function decorate(marks: readonly IMark[]): DecorationSet {
  const ranges = marks.map(({ from, to, className }) =>
    Decoration.mark({ class: className }).range(from, to)
  );
  return Decoration.set(ranges, true);
}
