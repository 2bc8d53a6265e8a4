/**
 * An artifact as it is seen: its cells, growing at the end.
 */
import type { IEditorServices } from '@jupyterlab/codeeditor';
import { Cell } from '@jupyterlab/cells';
import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import type { Message } from '@lumino/messaging';
import { Panel } from '@lumino/widgets';
import type { IDecision } from '../api';
import type { IViewContext } from '../view';
import type { Artifact } from './artifact';
import type { ArtifactCell } from './cell';
import { CellView, type ICellContext } from './cellview';
import { Drawing } from './drawing';

/** As near to the end as this, it is followed. */
const NEAR_PX = 48;
/** As far beyond its edges a cell is drawn as if it were in sight. */
const NEAR = '100% 0px';

/** The cells, one tab stop for all of them: arrows go from one to the next, Enter into the code. */
export class ArtifactView extends Panel {
  constructor(options: ArtifactView.IOptions) {
    super();
    const { artifact, view, rendermime, editors, decide } = options;
    const { trans } = view;
    this._artifact = artifact;
    this._context = {
      artifact,
      view,
      rendermime,
      decide,
      contentFactory: new Cell.ContentFactory({
        editorFactory: editors.factoryService.newInlineEditor
      }),
      run: cell => this._run(cell)
    };
    this.addClass('nl-Artifact');
    this.node.setAttribute('role', 'list');
    this.node.setAttribute('aria-label', trans.__('Cells'));
    artifact.changed.connect(this._update, this);
    this._grown = new ResizeObserver(() => this._stick());
    this._seen = new IntersectionObserver(entries => this._see(entries), {
      root: this.node,
      rootMargin: NEAR
    });
    this._update();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._grown.disconnect();
      this._seen.disconnect();
      this._drawing.dispose();
    }
    super.dispose();
  }

  /** Put the focus into the code of a cell; without one, of the draft at the end. */
  edit(cell?: ArtifactCell): void {
    const { cells } = this._artifact;
    const shown = this._views.get(cell ?? (cells[cells.length - 1] as ArtifactCell));
    if (shown) {
      this._activate(shown);
      shown.edit();
    }
  }

  /** Put the focus on a cell, as for a decision. */
  reveal(cell: ArtifactCell): void {
    const shown = this._views.get(cell);
    if (shown) {
      shown.draw();
      this._activate(shown);
      shown.node.scrollIntoView({ block: 'nearest' });
    }
  }

  handleEvent(event: Event): void {
    if (event.type === 'scroll') {
      const { scrollHeight, scrollTop, clientHeight } = this.node;
      this._isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    } else if (event.type === 'focusin') {
      const shown = this._viewOf(event.target as Element);
      if (shown) {
        this._activate(shown);
      }
    } else if (event.type === 'keydown') {
      this._onKey(event as KeyboardEvent);
    }
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    EVENTS.forEach(type => this.node.addEventListener(type, this));
  }

  protected override onBeforeDetach(msg: Message): void {
    EVENTS.forEach(type => this.node.removeEventListener(type, this));
    super.onBeforeDetach(msg);
  }

  private _run(cell: ArtifactCell): void {
    if (cell.state === 'asking') {
      this._context.decide(cell, { run: true, code: cell.code });
      return;
    }
    void this._artifact.run(cell);
    const { cells } = this._artifact;
    const next = cells[cells.indexOf(cell) + 1];
    if (next && this.node.contains(document.activeElement)) {
      this.edit(next);
    }
  }

  /** Arrows, Home and End go from cell to cell, Enter goes into the code. */
  private _onKey(event: KeyboardEvent): void {
    const shown = this._viewOf(event.target as Element);
    if (!shown || event.target !== shown.node) {
      return;
    }
    const all = [...this.widgets] as CellView[];
    const index = all.indexOf(shown);
    const target = {
      ArrowDown: all[index + 1],
      ArrowUp: all[index - 1],
      Home: all[0],
      End: all[all.length - 1]
    }[event.key];
    if (event.key === 'Enter') {
      event.preventDefault();
      if (event.shiftKey || event.ctrlKey || event.metaKey) {
        this._run(shown.cell);
      } else {
        shown.edit();
      }
    } else if (target) {
      event.preventDefault();
      target.node.focus();
    }
  }

  private _update(): void {
    const { cells } = this._artifact;
    const hadFocus = this.node.contains(document.activeElement);
    for (const [cell, shown] of [...this._views]) {
      if (!cells.includes(cell)) {
        this._views.delete(cell);
        this._drawing.remove(shown);
        this._grown.unobserve(shown.node);
        this._seen.unobserve(shown.node);
        shown.dispose();
      }
    }
    cells.forEach((cell, index) => {
      const shown = this._views.get(cell) ?? this._draw(cell);
      if (this.widgets[index] !== shown) {
        this.insertWidget(index, shown);
      }
    });
    const active = this._active && !this._active.isDisposed ? this._active : null;
    const last = this.widgets[this.widgets.length - 1] as CellView;
    this._activate(active ?? last);
    if (hadFocus && !this.node.contains(document.activeElement)) {
      (active ?? last).node.focus();
    }
  }

  private _draw(cell: ArtifactCell): CellView {
    const shown = new CellView(cell, this._context);
    this._views.set(cell, shown);
    // Where it stands is seen once it is in the page: most come in sight.
    this._drawing.see(shown, true);
    this._drawing.add(shown);
    this._grown.observe(shown.node);
    this._seen.observe(shown.node);
    return shown;
  }

  private _see(entries: readonly IntersectionObserverEntry[]): void {
    const all = new Map([...this._views.values()].map(each => [each.node as Element, each]));
    for (const { target, isIntersecting } of entries) {
      const shown = all.get(target);
      if (shown) {
        this._drawing.see(shown, isIntersecting);
      }
    }
  }

  private _activate(shown: CellView): void {
    if (shown !== this._active) {
      if (this._active && !this._active.isDisposed) {
        this._active.isActive = false;
      }
      this._active = shown;
    }
    shown.isActive = true;
  }

  private _viewOf(node: Element): CellView | null {
    const all = [...this.widgets] as CellView[];
    return all.find(each => each.node.contains(node)) ?? null;
  }

  /** Stay at the end, for who was there. */
  private _stick(): void {
    if (this._isAtEnd) {
      this.node.scrollTop = this.node.scrollHeight;
    }
  }

  private readonly _artifact: Artifact;
  private readonly _context: ICellContext;
  private readonly _drawing = new Drawing<CellView>();
  private readonly _grown: ResizeObserver;
  private readonly _seen: IntersectionObserver;
  private readonly _views = new Map<ArtifactCell, CellView>();
  private _active: CellView | null = null;
  private _isAtEnd = true;
}

const EVENTS = ['scroll', 'focusin', 'keydown'] as const;

export namespace ArtifactView {
  export interface IOptions {
    readonly artifact: Artifact;
    readonly view: IViewContext;
    readonly rendermime: IRenderMimeRegistry;
    readonly editors: IEditorServices;
    readonly decide: (cell: ArtifactCell, decision: IDecision) => void;
  }
}
