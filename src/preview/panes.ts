/**
 * The panes of the open notebooks: at most one for each, gone with it.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { WidgetTracker } from '@jupyterlab/apputils';
import type { IStateDB } from '@jupyterlab/statedb';
import { UUID } from '@lumino/coreutils';
import { PreviewSession } from '../model/preview';
import type { NotebookState } from '../model';
import type { IViewContext } from '../view';
import { PreviewPane } from './pane';

/** Makes, finds and follows panes. */
export class Panes {
  constructor(private readonly _options: Panes.IOptions) {
    _options.notebooks.activeCellChanged.connect(this._onActiveCellChanged, this);
  }

  /** The pane of a notebook, beside it; `isNew` is for one that was not there. */
  open(notebook: NotebookPanel): PreviewPane {
    const { app, area, tracker, view } = this._options;
    const state = view.model.state(notebook.context);
    const known = tracker.find(pane => pane.state === state);
    if (known) {
      return known;
    }
    const pane = new PreviewPane(view, state, this.session(notebook));
    pane.id = `neutrino-lab-preview-${UUID.uuid4()}`;
    notebook.context.disposed.connect(pane.dispose, pane);
    const save = (): void => void tracker.save(pane);
    pane.session.changed.connect(save, pane);
    notebook.context.pathChanged.connect(save, pane);
    app.shell.add(pane, area, { mode: 'split-right', ref: notebook.id, activate: false });
    void tracker.add(pane);
    return pane;
  }

  /** What the preview of a notebook remembers; also without a pane. */
  session(notebook: NotebookPanel): PreviewSession {
    const state = this._options.view.model.state(notebook.context);
    const known = this._sessions.get(state);
    if (known) {
      return known;
    }
    const session = new PreviewSession(state, {
      document: notebook.context.model,
      storage: this._options.storage
    });
    this._sessions.set(state, session);
    notebook.context.disposed.connect(session.dispose, session);
    return session;
  }

  private _onActiveCellChanged(notebooks: INotebookTracker): void {
    const notebook = notebooks.currentWidget;
    const cell = notebooks.activeCell;
    if (!notebook || !cell) {
      return;
    }
    const state = this._options.view.model.state(notebook.context);
    const session = this._sessions.get(state);
    const row = state.snapshot.rows.find(each => each.endpoint.cell_id === cell.model.id);
    if (session?.isFollowing && row && row.endpoint.cell_id !== session.row?.endpoint.cell_id) {
      session.show(row.endpoint.key);
    }
  }

  private readonly _sessions = new WeakMap<NotebookState, PreviewSession>();
}

export namespace Panes {
  export interface IOptions {
    readonly app: JupyterFrontEnd;
    /** Where panes go: the side where there is no room beside a notebook. */
    readonly area: 'main' | 'right';
    readonly notebooks: INotebookTracker;
    readonly storage: IStateDB | null;
    readonly tracker: WidgetTracker<PreviewPane>;
    readonly view: IViewContext;
  }
}
