/**
 * The card of the launcher: a copy of the quickstart.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { showErrorMessage } from '@jupyterlab/apputils';
import { ILauncher } from '@jupyterlab/launcher';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { withArgs } from '../commands/availability';
import { INeutrinoView } from '../tokens';
import { logoIcon } from '../view';

const OPEN = 'docmanager:open';

/** Adds the card, and the command behind it. */
export const launcherPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:launcher',
  description: 'Makes a notebook that is a small service to begin from.',
  autoStart: true,
  requires: [INeutrinoView],
  optional: [ILauncher, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    view: INeutrinoView,
    launcher: ILauncher | null,
    translator: ITranslator | null
  ): void => {
    const { commands, model, trans } = view;
    commands.addCommand(CommandIDs.createService, {
      label: args =>
        args.isPalette ? trans.__('New Service Notebook') : trans.__('Service Notebook'),
      caption: trans.__('A notebook with an endpoint, a WebSocket and a schedule to begin from'),
      icon: args => (args.isPalette ? undefined : logoIcon),
      describedBy: withArgs({ cwd: { type: 'string' }, isPalette: { type: 'boolean' } }),
      execute: async args => {
        const { contents } = app.serviceManager;
        try {
          // The server finds a name that nothing has.
          const made = await contents.newUntitled({
            path: String(args.cwd ?? ''),
            type: 'notebook'
          });
          const content = await model.api.quickstart(made.name).catch(async (error: unknown) => {
            await contents.delete(made.path);
            throw error;
          });
          await contents.save(made.path, { type: 'notebook', format: 'json', content });
          return await commands.execute(OPEN, { path: made.path });
        } catch (error) {
          await showErrorMessage(trans.__('No notebook was made'), error as Error);
          return undefined;
        }
      }
    });
    const category = (translator ?? nullTranslator).load('jupyterlab').__('Notebook');
    // In this category the launcher shows a picture where others have an icon.
    const kernelIconUrl = `data:image/svg+xml,${encodeURIComponent(logoIcon.svgstr)}`;
    launcher?.add({ command: CommandIDs.createService, category, kernelIconUrl, rank: 10 });
  }
};
