/**
 * Trying a stream from its cell: the notebook is served, and what comes is shown.
 */
import { available, noNotebook, notebookArg, withArgs } from '../../commands/availability';
import { CommandIDs, invoke } from '../../commandids';
import { located } from '../../commands/locate';
import { isUp } from '../../model';
import type { IViewContext } from '../../view';

/** Register the commands about streams. */
export function registerStreams(view: IViewContext): void {
  const { commands, trans } = view;
  commands.addCommand(CommandIDs.streamSource, {
    ...available(
      view,
      trans.__('Stream This Cell’s Source'),
      args =>
        noNotebook(view)(args) ||
        (located(view, args, 'stream') ? '' : trans.__('select a stream’s cell'))
    ),
    caption: trans.__('Serve the notebook, and watch the values of the stream as they come'),
    describedBy: withArgs({
      key: { type: 'string', description: trans.__('The stream; else that of the cell') },
      path: notebookArg(trans)
    }),
    execute: async args => {
      const found = located(view, args, 'stream');
      if (!found) {
        return;
      }
      const { path, served } = found.state.snapshot;
      if (!isUp(served)) {
        await invoke(commands, CommandIDs.serve, { path });
      }
      await invoke(commands, CommandIDs.tryEndpoint, { key: found.row.endpoint.key, path });
    }
  });
}
