/**
 * The panes of the open notebooks: at most one for each, gone with it.
 */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { SidecarPanes, type IViewContext } from '../view';
import { PreviewPane } from './pane';

/** Makes, finds and follows panes. */
export class Panes {
  constructor(private readonly _options: Panes.IOptions) {
    this._panes = new SidecarPanes(_options);
    _options.notebooks.activeCellChanged.connect(this._onActiveCellChanged, this);
  }

  /** The pane of a notebook, beside it. */
  open(notebook: NotebookPanel): PreviewPane {
    const { tracker, view } = this._options;
    const state = view.model.state(notebook.context);
    return this._panes.open(state, notebook, () => {
      const pane = new PreviewPane(view, state, view.sessions.of(notebook.context));
      pane.session.changed.connect(() => void tracker.save(pane), pane);
      return pane;
    });
  }

  private _onActiveCellChanged(notebooks: INotebookTracker): void {
    const notebook = notebooks.currentWidget;
    const cell = notebooks.activeCell;
    if (!notebook || !cell) {
      return;
    }
    const { model, sessions } = this._options.view;
    const state = model.state(notebook.context);
    const session = sessions.known(state);
    const row = state.snapshot.rows.find(each => each.endpoint.cell_id === cell.model.id);
    if (session?.isFollowing && row && row.endpoint.cell_id !== session.row?.endpoint.cell_id) {
      session.show(row.endpoint.key);
    }
  }

  private readonly _panes: SidecarPanes<PreviewPane>;
}

export namespace Panes {
  export interface IOptions extends SidecarPanes.IOptions<PreviewPane> {
    readonly notebooks: INotebookTracker;
    readonly view: IViewContext;
  }
}
