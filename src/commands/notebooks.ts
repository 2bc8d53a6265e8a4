/**
 * Which open notebook a command is about.
 */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import type { NeutrinoModel, NotebookState } from '../model';

/** Finds notebooks by their contents path. */
export class OpenNotebooks {
  constructor(
    private readonly _tracker: INotebookTracker,
    private readonly _model: NeutrinoModel
  ) {}

  /** The notebook in front, also while another kind of document is. */
  get front(): NotebookPanel | null {
    return this._tracker.currentWidget;
  }

  /** The open notebook at a contents path; without one, the notebook in front. */
  at(path: string | undefined): NotebookPanel | null {
    const isMeant = ({ context }: NotebookPanel): boolean => this._model.path(context) === path;
    const { front } = this;
    if (path === undefined || (front && isMeant(front))) {
      return front;
    }
    return this._tracker.find(isMeant) ?? null;
  }

  /** What is known of the notebook that `at` finds. */
  stateAt(path: string | undefined): NotebookState | null {
    const panel = this.at(path);
    return panel && this._model.state(panel.context);
  }
}
