/**
 * The preview sessions of the open notebooks, which are there also without a pane.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import type { NotebookContext } from '../document';
import type { NeutrinoModel } from '../model';
import type { NotebookState } from '../notebook';
import { Answers } from './answers';
import { PreviewSession } from './session';

/** Makes and finds sessions. */
export class PreviewSessions {
  constructor(
    private readonly _model: NeutrinoModel,
    private readonly _storage: IStateDB | null
  ) {}

  /** The session of a notebook, made when it is first asked for. */
  of(context: NotebookContext): PreviewSession {
    const state = this._model.state(context);
    const known = this.known(state);
    if (known) {
      return known;
    }
    const session = new PreviewSession(state, {
      document: context.model,
      storage: this._storage,
      answers: this._answers,
      sessionContext: context.sessionContext,
      preferences: this._model.preferences
    });
    this._sessions.set(state, session);
    context.disposed.connect(session.dispose, session);
    return session;
  }

  /** The session of a notebook whose preview was used. */
  known(state: NotebookState): PreviewSession | null {
    return this._sessions.get(state) ?? null;
  }

  private readonly _answers = new Answers();
  private readonly _sessions = new WeakMap<NotebookState, PreviewSession>();
}
