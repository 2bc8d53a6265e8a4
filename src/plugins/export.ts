/**
 * The export: a pane beside each notebook from which it is written as a Docker folder.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { CommandIDs } from '../commands';
import { pathOf, withArgs } from '../commands/availability';
import { ExportActions, ExportNotification, ExportPane, announceExports } from '../export';
import type { ExportSession } from '../model';
import { SidecarPanes, CollapsedSections } from '../view';
import { panePlugin } from './pane';

/** Adds the pane and the command that opens it. */
export const exportPlugin = panePlugin<ExportPane>({
  id: 'neutrino-lab:export',
  description: 'Shows what an export to Docker would write, checks it and writes it.',
  activate: ({ app, area, storage, tracker, view }) => {
    const { commands, model, notebooks, trans } = view;
    const beside = new SidecarPanes({ app, area, tracker });
    const collapsed = new CollapsedSections(storage, 'neutrino-lab:export-folds');
    const followed = new WeakSet<ExportSession>();

    /** Tell of every export of a notebook, with or without its pane. */
    const follow = (session: ExportSession, path: () => string): void => {
      if (followed.has(session)) {
        return;
      }
      followed.add(session);
      announceExports(session, view);
      const show = (): void => void commands.execute(CommandIDs.exportDocker, { path: path() });
      let newest: ExportNotification | null = null;
      session.exportStarted.connect((_, job) => {
        newest?.dismiss();
        newest = new ExportNotification(job, PathExt.basename(path()), view, show);
      }, session);
    };
    const open = (notebook: NotebookPanel): ExportPane => {
      const { context } = notebook;
      const state = model.state(context);
      return beside.open(state, notebook, () => {
        const session = model.exports.of(context, state);
        follow(session, () => state.snapshot.path);
        const leave = (): void => {
          app.shell.activateById(notebook.id);
          notebook.content.node.focus();
        };
        const actions = new ExportActions(context, session, view, leave);
        return new ExportPane(view, state, session, actions, collapsed);
      });
    };

    commands.addCommand(CommandIDs.exportDocker, {
      label: trans.__('Export to Docker…'),
      caption: trans.__('See what a Docker folder of the notebook would hold, and write it'),
      describedBy: withArgs({
        path: {
          type: 'string',
          description: trans.__('The notebook; left out for the one in front')
        },
        keepFocus: { type: 'boolean' }
      }),
      isEnabled: () => notebooks.front !== null,
      execute: async args => {
        const notebook = notebooks.at(pathOf(args));
        if (!notebook) {
          return null;
        }
        await notebook.context.ready;
        const pane = open(notebook);
        if (!args.keepFocus) {
          app.shell.activateById(pane.id);
          await pane.content.renderPromise;
          pane.focusFirst();
        }
        return pane;
      }
    });
    return { commands: [CommandIDs.exportDocker], args: () => ({}) };
  }
});
