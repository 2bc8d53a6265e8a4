/**
 * The lens row above each declarative cell of every open notebook.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { Lenses, FirstRunHint } from '../lens';
import { INeutrinoView } from '../tokens';

/** Gives every notebook its lenses. */
export const lensPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:lens',
  description: 'Shows above each declarative cell what it declares and how it is served.',
  autoStart: true,
  requires: [INotebookTracker, INeutrinoView],
  activate: (_: JupyterFrontEnd, tracker: INotebookTracker, view: INeutrinoView): void => {
    const hint = new FirstRunHint(view.model.preferences);
    // Each goes with its panel.
    const look = (panel: NotebookPanel): Lenses =>
      new Lenses(panel, view.model.state(panel.context), view, hint);
    tracker.forEach(look);
    tracker.widgetAdded.connect((_sender, panel) => void look(panel));
  }
};
