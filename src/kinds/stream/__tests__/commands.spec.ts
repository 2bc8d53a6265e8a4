import type { INotebookTracker } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { CommandIDs, invoke } from '../../../commandids';
import { OpenNotebooks } from '../../../commands/notebooks';
import type { NeutrinoModel } from '../../../model';
import { endpoint } from '../../../model/__tests__/samples';
import { asState, servedState } from '../../../model/preview/__tests__/samples';
import type { IViewContext } from '../../../view';
import { registerStreams } from '../commands';

const MEAN = { ...endpoint({ key: 'STREAM /mean', cell_id: 'mean' }), kind: 'stream' };

/** Commands beside a notebook of collaboration, whose path has a drive before it. */
function build(activeCell: string) {
  const panel = {
    context: { path: 'RTC:a.ipynb' },
    content: { activeCell: { model: { id: activeCell } } }
  };
  const tracker = { currentWidget: panel, find: () => undefined } as unknown as INotebookTracker;
  const model = {
    path: ({ path }: { path: string }) => path.replace('RTC:', ''),
    state: () => asState(servedState(MEAN))
  } as unknown as NeutrinoModel;
  const commands = new CommandRegistry();
  const invoked: unknown[] = [];
  for (const id of [CommandIDs.serve, CommandIDs.tryEndpoint]) {
    commands.addCommand(id, {
      execute: args => void invoked.push([id, args]),
      describedBy: { args: {} }
    });
  }
  const trans = nullTranslator.load('neutrino_lab');
  const notebooks = new OpenNotebooks(tracker, model);
  registerStreams({ commands, model, notebooks, trans } as unknown as IViewContext);
  return { commands, invoked };
}

describe('the command that streams a source', () => {
  it('shows a stream of what is served already, by the path that the server knows', async () => {
    const { commands, invoked } = build('mean');
    await invoke(commands, CommandIDs.streamSource, { key: MEAN.key, path: 'a.ipynb' });
    expect(invoked).toEqual([[CommandIDs.tryEndpoint, { key: MEAN.key, path: 'a.ipynb' }]]);
  });

  it('says what is missing where the cell declares no stream', () => {
    const { commands } = build('other');
    expect([
      commands.isEnabled(CommandIDs.streamSource),
      commands.label(CommandIDs.streamSource)
    ]).toEqual([false, 'Stream This Cell’s Source (select a stream’s cell)']);
  });
});
