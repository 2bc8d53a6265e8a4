/**
 * Running one cell and restarting the kernel: what a call to the live kernel may need first.
 */
import { NotebookActions } from '@jupyterlab/notebook';
import type { IViewContext } from '../view';
import { notebookArg, pathOf, withArgs } from './availability';
import { CommandIDs } from '../commandids';

/** Register both. They act on the notebook that is named, whichever is in front. */
export function registerKernel({ commands, notebooks, trans }: IViewContext): void {
  const path = notebookArg(trans);
  commands.addCommand(CommandIDs.runCell, {
    label: trans.__('Run Cell for the Preview'),
    caption: trans.__('Run a cell in the notebook’s kernel; the focus stays where it is'),
    describedBy: withArgs({ cellId: { type: 'string' }, path }, ['cellId']),
    execute: async args => {
      const panel = notebooks.at(pathOf(args));
      const cell = panel?.content.widgets.find(each => each.model.id === args.cellId);
      return panel && cell
        ? NotebookActions.runCells(panel.content, [cell], panel.sessionContext)
        : false;
    }
  });
  commands.addCommand(CommandIDs.restartKernel, {
    label: trans.__('Restart the Kernel of a Notebook'),
    describedBy: withArgs({ path }),
    execute: async args => {
      await notebooks.at(pathOf(args))?.sessionContext.restartKernel();
    }
  });
}
