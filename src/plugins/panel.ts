/**
 * The panel in the right sidebar.
 */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs } from '../commands';
import { withArgs } from '../commands/availability';
import { NeutrinoPanel } from '../sidebar';
import { INeutrinoSessions, INeutrinoView } from '../tokens';

const RANK = 850;

/** Adds the panel, and the command that shows it. */
export const panelPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:panel',
  description: 'Lists the endpoints of the notebook in front, their state and their problems.',
  autoStart: true,
  requires: [INeutrinoView],
  optional: [INeutrinoSessions, ILabShell, ILayoutRestorer, ICommandPalette, IStateDB, ITranslator],
  activate: (
    app: JupyterFrontEnd,
    view: INeutrinoView,
    sessions: INeutrinoSessions | null,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    storage: IStateDB | null,
    translator: ITranslator | null
  ): void => {
    const { commands, trans } = view;
    const panel = new NeutrinoPanel(view, sessions, storage, translator ?? nullTranslator);
    app.shell.add(panel, 'right', { rank: RANK, type: 'Neutrino Lab' });
    restorer?.add(panel, panel.id);
    commands.addCommand(CommandIDs.showPanel, {
      label: trans.__('Show Endpoints'),
      caption: trans.__('Show the panel of Neutrino Lab'),
      describedBy: withArgs({ keepFocus: { type: 'boolean' } }),
      execute: args => {
        (labShell ?? app.shell).activateById(panel.id);
        if (!args.keepFocus) {
          // The palette gives the focus back to where it was, after this command.
          requestAnimationFrame(() => panel.focusFirst());
        }
      }
    });
    palette?.addItem({ command: CommandIDs.showPanel, category: trans.__('Neutrino Lab') });
  }
};
