/**
 * Finds and places panes: at most one of a kind for each subject, gone with its notebook.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { UUID } from '@lumino/coreutils';
import type { DockLayout, Widget } from '@lumino/widgets';
import { Pane } from './pane';

/** The panes of one kind. */
export class SidecarPanes<T extends Pane> {
  constructor(private readonly _options: SidecarPanes.IOptions<T>) {}

  /**
   * The pane of a subject, made and placed where there is none: beside a notebook, or where
   * JupyterLab puts new widgets. It is not activated.
   */
  open(subject: object, notebook: NotebookPanel | null, make: () => T): T {
    const { app, area, tracker } = this._options;
    const known = tracker.find(pane => pane.subject === subject);
    if (known) {
      return known;
    }
    const pane = make();
    pane.id = `${tracker.namespace}-${UUID.uuid4()}`;
    const place = notebook ? this._place(notebook, pane) : {};
    notebook?.context.disposed.connect(pane.dispose, pane);
    notebook?.context.pathChanged.connect(() => void tracker.save(pane), pane);
    app.shell.add(pane, area, { ...place, activate: false });
    void tracker.add(pane);
    return pane;
  }

  /** With the other panes of the notebook, else in the column beside it, else right of it. */
  private _place(
    notebook: NotebookPanel,
    { state }: T
  ): { readonly mode: DockLayout.InsertMode; readonly ref: string } {
    const { app, area } = this._options;
    for (const other of app.shell.widgets(area)) {
      if (other instanceof Pane && other.state === state) {
        return { mode: 'tab-after', ref: other.id };
      }
    }
    const beside = columnBeside(notebook, [...app.shell.widgets(area)]);
    return beside
      ? { mode: 'tab-after', ref: beside.id }
      : { mode: 'split-right', ref: notebook.id };
  }
}

/** What is in view in the nearest other column: the one to the right, if there is one. */
export function columnBeside<W extends InView>(own: InView, widgets: readonly W[]): W | null {
  const here = own.node.getBoundingClientRect();
  const others = widgets.flatMap(widget => {
    const { left, right } = widget.node.getBoundingClientRect();
    const isRight = left >= here.right;
    const isBeside = widget.isVisible && right > left && (isRight || right <= here.left);
    return isBeside
      ? [{ widget, isRight, distance: isRight ? left - here.right : here.left - right }]
      : [];
  });
  others.sort((a, b) => Number(b.isRight) - Number(a.isRight) || a.distance - b.distance);
  return others[0]?.widget ?? null;
}

/** As much of a widget as it needs to know where it is. */
type InView = Pick<Widget, 'node' | 'isVisible'>;

export namespace SidecarPanes {
  export interface IOptions<T extends Pane> {
    readonly app: JupyterFrontEnd;
    /** Where panes go: the side where there is no room beside a notebook. */
    readonly area: 'main' | 'right';
    readonly tracker: WidgetTracker<T>;
  }
}
