/**
 * A cell as it is seen: how it stands and what can be done, then JupyterLab's own code cell.
 */
import { Prec, type Extension } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { CodeCell, type Cell } from '@jupyterlab/cells';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { deleteIcon, runIcon, stopIcon } from '@jupyterlab/ui-components';
import { Panel } from '@lumino/widgets';
import * as React from 'react';
import type { IDecision } from '../api';
import { BoundedWidget, Button, useNow, useSignals, type IViewContext } from '../view';
import type { Artifact } from './artifact';
import type { ArtifactCell } from './cell';
import type { IDrawable } from './drawing';
import { cellText } from './wording';

const UNDRAWN = 'nl-mod-undrawn';

/** What a cell is drawn with, and what its buttons do. */
export interface ICellContext {
  readonly artifact: Artifact;
  readonly view: IViewContext;
  readonly rendermime: IRenderMimeRegistry;
  readonly contentFactory: Cell.IContentFactory;
  /** Say what becomes of code that waits. */
  readonly decide: (cell: ArtifactCell, decision: IDecision) => void;
  /** Run a cell, and go on to the next. */
  readonly run: (cell: ArtifactCell) => void;
}

/** One cell of an artifact; empty until it is drawn. */
export class CellView extends Panel implements IDrawable {
  constructor(
    readonly cell: ArtifactCell,
    private readonly _context: ICellContext
  ) {
    super();
    this.addClass('nl-ArtifactCell');
    this.node.setAttribute('role', 'listitem');
    this.addClass(UNDRAWN);
    cell.changed.connect(this._name, this);
    this.isActive = false;
    this._name();
  }

  /** The active cell is the one that the tab key stops at. */
  get isActive(): boolean {
    return this._isActive;
  }

  set isActive(isActive: boolean) {
    this._isActive = isActive;
    this.node.tabIndex = isActive ? 0 : -1;
    if (this._head) {
      this._head.isActive = isActive;
    }
  }

  /** Put the focus into the code. */
  edit(): void {
    this.draw();
    this._code?.editor?.focus();
  }

  draw(): void {
    if (this._code || this.isDisposed || this.cell.isDisposed) {
      return;
    }
    const { rendermime, contentFactory } = this._context;
    this._head = new CellHead(this.cell, this._context, () => this.edit());
    this._head.isActive = this._isActive;
    this._code = new SteadyCell({
      model: this.cell.model,
      rendermime,
      contentFactory,
      // What is made before it is in the page asks for no layout of the page.
      placeholder: false,
      editorConfig: { lineNumbers: false, lineWrap: true },
      editorExtensions: this._extensions()
    }).initializeState();
    this.removeClass(UNDRAWN);
    this.addWidget(this._head);
    this.addWidget(this._code);
  }

  private _extensions(): Extension[] {
    const { trans } = this._context.view;
    const run = (): boolean => {
      this._context.run(this.cell);
      return true;
    };
    const leave = (): boolean => {
      this.node.focus();
      return true;
    };
    return [
      EditorView.contentAttributes.of({ 'aria-label': trans.__('Code'), tabindex: '-1' }),
      Prec.highest(
        keymap.of([
          { key: 'Shift-Enter', run },
          { key: 'Mod-Enter', run },
          { key: 'Escape', run: leave }
        ])
      )
    ];
  }

  private _name(): void {
    const { trans } = this._context.view;
    const { state, status } = this.cell;
    this.node.dataset.state = state;
    this.node.dataset.status = status;
    const text = cellText(this.cell, Date.now(), trans);
    this.node.setAttribute(
      'aria-label',
      text ? trans.__('Cell, %1', text) : trans.__('Cell, not run')
    );
  }

  private _head: CellHead | null = null;
  private _code: CodeCell | null = null;
  private _isActive = false;
}

/** A code cell that measures its outputs once a frame, and not at each of them. */
class SteadyCell extends CodeCell {
  override updatePromptOverlayIcon(): void {
    if (this._isToMeasure) {
      return;
    }
    this._isToMeasure = true;
    requestAnimationFrame(() => {
      this._isToMeasure = false;
      if (!this.isDisposed) {
        super.updatePromptOverlayIcon();
      }
    });
  }

  private _isToMeasure = false;
}

/** The line above the code. */
class CellHead extends BoundedWidget {
  constructor(
    private readonly _cell: ArtifactCell,
    private readonly _context: ICellContext,
    private readonly _edit: () => void
  ) {
    super(_context.view);
    this.addClass('nl-ArtifactCell-head');
  }

  get isActive(): boolean {
    return this._isActive;
  }

  set isActive(isActive: boolean) {
    if (isActive !== this._isActive) {
      this._isActive = isActive;
      this.update();
    }
  }

  protected draw(): JSX.Element {
    return (
      <Head
        cell={this._cell}
        context={this._context}
        edit={this._edit}
        tabIndex={this._isActive ? 0 : -1}
      />
    );
  }

  private _isActive = false;
}

function Head(props: {
  readonly cell: ArtifactCell;
  readonly context: ICellContext;
  readonly edit: () => void;
  readonly tabIndex: number;
}): JSX.Element {
  const { cell, context, edit, tabIndex } = props;
  const { artifact, view } = context;
  const { trans } = view;
  useSignals(cell.changed, cell.model.contentChanged);
  const now = useNow(cell.state === 'running');
  const isAsking = cell.state === 'asking';
  return (
    <>
      <div className="nl-ArtifactCell-line">
        <span className="nl-ArtifactCell-state">{cellText(cell, now, trans)}</span>
        {isAsking ? null : cell.state === 'running' ? (
          <Button
            look="quiet"
            icon={stopIcon}
            tabIndex={tabIndex}
            aria-label={trans.__('Interrupt')}
            title={trans.__('Interrupt what runs')}
            onClick={() => void artifact.interrupt().catch(() => undefined)}
          />
        ) : (
          <Button
            look="quiet"
            icon={runIcon}
            tabIndex={tabIndex}
            aria-label={trans.__('Run')}
            title={trans.__('Run this cell in the session (Shift+Enter)')}
            disabledReason={cell.code.trim() ? '' : trans.__('There is no code to run')}
            onClick={() => context.run(cell)}
          />
        )}
        {cell.state === 'finished' ? (
          <Button
            look="quiet"
            icon={deleteIcon}
            tabIndex={tabIndex}
            aria-label={trans.__('Delete')}
            title={trans.__('Leave this cell out')}
            onClick={() => artifact.remove(cell)}
          />
        ) : null}
      </div>
      {isAsking ? <Decide cell={cell} context={context} edit={edit} /> : null}
      {cell.note ? <p className="nl-ArtifactCell-note">{cell.note}</p> : null}
      {cell.isStateLost ? (
        <p className="nl-ArtifactCell-note">
          {trans.__('The variables of the session were lost: define again what is needed.')}
        </p>
      ) : null}
    </>
  );
}

/** Run, Edit, Refuse: the code waits until one of them is pressed. */
function Decide(props: {
  readonly cell: ArtifactCell;
  readonly context: ICellContext;
  readonly edit: () => void;
}): JSX.Element {
  const { cell, context, edit } = props;
  const { trans } = context.view;
  const [remark, setRemark] = React.useState('');
  return (
    <div className="nl-Decide" role="group" aria-label={trans.__('What becomes of this code')}>
      <Button look="primary" onClick={() => context.run(cell)}>
        {trans.__('Run')}
      </Button>
      <Button onClick={edit} title={trans.__('Change the code; Shift+Enter runs it')}>
        {trans.__('Edit')}
      </Button>
      <Button onClick={() => context.decide(cell, { run: false, remark })}>
        {trans.__('Refuse')}
      </Button>
      <input
        className="nl-Input"
        aria-label={trans.__('Why it is refused')}
        placeholder={trans.__('Why it is refused (optional)')}
        maxLength={2000}
        value={remark}
        onChange={event => setRemark(event.target.value)}
      />
    </div>
  );
}
