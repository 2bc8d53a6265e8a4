/**
 * Trying a stream from its cell: the notebook is served, and what comes is shown.
 */
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { available, noNotebook, notebookArg, pathOf } from '../../commands/availability';
import { CommandIDs, invoke, type IAtEndpoint } from '../../commandids';
import { endpointRow } from '../../commands/locate';
import { isUp } from '../../model';
import type { IViewContext } from '../../view';

/** Register the commands about streams. */
export function registerStreams(view: IViewContext): void {
  const { commands, notebooks, trans } = view;
  commands.addCommand(CommandIDs.streamSource, {
    ...available(
      view,
      trans.__('Stream This Cell’s Source'),
      args => noNotebook(view)(args) || (find(view, args) ? '' : trans.__('select a stream’s cell'))
    ),
    caption: trans.__('Serve the notebook, and watch the values of the stream as they come'),
    describedBy: {
      args: {
        type: 'object',
        properties: {
          key: { type: 'string', description: trans.__('The stream; else that of the cell') },
          path: notebookArg(trans)
        }
      }
    },
    execute: async args => {
      const found = find(view, args);
      if (!found) {
        return;
      }
      if (!isUp(notebooks.stateAt(found.path)?.snapshot.served ?? null)) {
        await invoke(commands, CommandIDs.serve, { path: found.path });
      }
      await invoke(commands, CommandIDs.tryEndpoint, found);
    }
  });
}

function find(
  { model, notebooks }: IViewContext,
  args: ReadonlyPartialJSONObject
): IAtEndpoint | null {
  const panel = notebooks.at(pathOf(args));
  const endpoint = panel && endpointRow(panel, model, args.key as string | undefined)?.endpoint;
  return panel && endpoint?.kind === 'stream'
    ? { key: endpoint.key, path: model.path(panel.context) }
    : null;
}
