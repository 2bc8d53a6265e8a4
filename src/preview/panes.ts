/**
 * The panes of the open notebooks: at most one for each, gone with it.
 */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { IStateDB } from '@jupyterlab/statedb';
import { Answers, PreviewSession } from '../model/preview';
import type { NotebookState } from '../model';
import { Beside, type IViewContext } from '../view';
import { PreviewPane } from './pane';

/** Makes, finds and follows panes. */
export class Panes {
  constructor(private readonly _options: Panes.IOptions) {
    this._beside = new Beside(_options);
    _options.notebooks.activeCellChanged.connect(this._onActiveCellChanged, this);
  }

  /** The pane of a notebook, beside it. */
  open(notebook: NotebookPanel): PreviewPane {
    const { tracker, view } = this._options;
    const state = view.model.state(notebook.context);
    return this._beside.open(notebook, state, () => {
      const pane = new PreviewPane(view, state, this.session(notebook));
      pane.session.changed.connect(() => void tracker.save(pane), pane);
      return pane;
    });
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
      storage: this._options.storage,
      answers: this._answers,
      sessionContext: notebook.sessionContext,
      defaultTarget: () => this._options.view.model.preferences.values.previewTarget
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

  private readonly _beside: Beside<PreviewPane>;
  private readonly _answers = new Answers();
  private readonly _sessions = new WeakMap<NotebookState, PreviewSession>();
}

export namespace Panes {
  export interface IOptions extends Beside.IOptions<PreviewPane> {
    readonly notebooks: INotebookTracker;
    readonly storage: IStateDB | null;
    readonly view: IViewContext;
  }
}
