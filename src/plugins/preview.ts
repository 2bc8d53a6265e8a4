/**
 * The preview: a pane beside each notebook in which its endpoints are tried.
 */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs, endpointRow } from '../commands';
import { Panes, registerSnippets, type PreviewPane } from '../preview';
import { INeutrinoView } from '../tokens';

const RUN = 'notebook:run-cell';

/** Adds the pane and the commands that open it. */
export const previewPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:preview',
  description: 'Tries the endpoints of a notebook beside it: forms, answers, history.',
  autoStart: true,
  requires: [INotebookTracker, INeutrinoView],
  optional: [ILabShell, ILayoutRestorer, ICommandPalette, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    notebooks: INotebookTracker,
    view: INeutrinoView,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    storage: IStateDB | null
  ): void => {
    const { commands, model, trans } = view;
    const tracker = new WidgetTracker<PreviewPane>({ namespace: 'neutrino-lab-preview' });
    const area = labShell ? 'main' : 'right';
    const panes = new Panes({ app, area, notebooks, storage, tracker, view });

    /** The pane of the notebook that is meant, with the endpoint that is meant. */
    const open = (args: ReadonlyPartialJSONObject): PreviewPane | null => {
      const notebook = model.panelAt(args.path as string | undefined);
      if (!notebook) {
        return null;
      }
      const pane = panes.open(notebook);
      const key = (args.key as string | undefined) ?? keyAt(notebook);
      pane.session.show(key);
      if (args.follow !== undefined) {
        pane.session.follow(Boolean(args.follow));
      }
      return pane;
    };
    const keyAt = (notebook: NotebookPanel): string | undefined =>
      endpointRow(notebook, model, undefined)?.endpoint.key;
    const place = {
      key: { type: 'string', description: trans.__('The endpoint; left out for the active cell') },
      path: { type: 'string', description: trans.__('The notebook; left out for the one in front') }
    };

    commands.addCommand(CommandIDs.openPreview, {
      label: trans.__('Open Preview'),
      caption: trans.__('Open the preview of the endpoints beside the notebook'),
      describedBy: {
        args: {
          type: 'object',
          properties: { ...place, follow: { type: 'boolean' }, keepFocus: { type: 'boolean' } }
        }
      },
      isEnabled: () => model.panel !== null,
      execute: args => {
        const pane = open(args);
        if (pane && !args.keepFocus) {
          app.shell.activateById(pane.id);
        }
        return pane;
      }
    });
    commands.addCommand(CommandIDs.tryEndpoint, {
      label: trans.__('Try Endpoint'),
      caption: trans.__('Open the form of the endpoint that the active cell declares'),
      describedBy: {
        args: { type: 'object', properties: { ...place, run: { type: 'boolean' } } }
      },
      isEnabled: () => model.panel !== null,
      execute: async args => {
        if (args.run && commands.hasCommand(RUN)) {
          await commands.execute(RUN);
        }
        const pane = open(args);
        if (pane) {
          app.shell.activateById(pane.id);
          await pane.focusForm();
        }
        return pane;
      }
    });
    commands.addCommand(CommandIDs.send, {
      label: trans.__('Send in the Preview'),
      caption: trans.__('Send what is filled in, in the preview that was used last'),
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => Boolean(tracker.currentWidget?.session.submit),
      execute: () => tracker.currentWidget?.session.submit?.()
    });
    registerSnippets(view, panes);
    [CommandIDs.tryEndpoint, CommandIDs.openPreview, CommandIDs.send].forEach(command =>
      palette?.addItem({ command, category: trans.__('Neutrino Lab') })
    );
    void restorer?.restore(tracker, {
      command: CommandIDs.openPreview,
      args: ({ session, state }) => ({
        path: state.snapshot.path,
        key: session.key,
        follow: session.isFollowing,
        keepFocus: true
      }),
      name: pane => pane.state.snapshot.path,
      // A pane stands beside its notebook.
      when: notebooks.restored
    });
  }
};
