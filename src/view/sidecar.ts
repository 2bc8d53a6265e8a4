/**
 * Panes beside notebooks: at most one of a kind for each notebook, gone with it.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { UUID } from '@lumino/coreutils';
import type { DockLayout, Widget } from '@lumino/widgets';
import type { NotebookState } from '../model';

/** A pane that belongs to a notebook. */
export interface INotebookPane extends Widget {
  readonly state: NotebookState;
}

/** Finds and places the panes of one kind. */
export class SidecarPanes<T extends INotebookPane> {
  constructor(private readonly _options: SidecarPanes.IOptions<T>) {}

  /** The pane of a notebook, made and placed where there is none. It is not activated. */
  open(notebook: NotebookPanel, state: NotebookState, make: () => T): T {
    const { app, area, tracker } = this._options;
    const known = tracker.find(pane => pane.state === state);
    if (known) {
      return known;
    }
    const place = this._place(notebook, state);
    const pane = make();
    pane.id = `${tracker.namespace}-${UUID.uuid4()}`;
    notebook.context.disposed.connect(pane.dispose, pane);
    notebook.context.pathChanged.connect(() => void tracker.save(pane), pane);
    app.shell.add(pane, area, { ...place, activate: false });
    void tracker.add(pane);
    return pane;
  }

  /** With the other panes of the notebook, else right of it. */
  private _place(
    notebook: NotebookPanel,
    state: NotebookState
  ): { readonly mode: DockLayout.InsertMode; readonly ref: string } {
    const { app, area } = this._options;
    for (const other of app.shell.widgets(area)) {
      if ((other as { state?: unknown }).state === state) {
        return { mode: 'tab-after', ref: other.id };
      }
    }
    return { mode: 'split-right', ref: notebook.id };
  }
}

export namespace SidecarPanes {
  export interface IOptions<T extends INotebookPane> {
    readonly app: JupyterFrontEnd;
    /** Where panes go: the side where there is no room beside a notebook. */
    readonly area: 'main' | 'right';
    readonly tracker: WidgetTracker<T>;
  }
}
