/**
 * The preview: a pane beside each notebook in which its endpoints are tried.
 */
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { CommandIDs, endpointRow } from '../commands';
import { pathOf, withArgs } from '../commands/availability';
import { Panes, type PreviewPane } from '../preview';
import { panePlugin } from './pane';

const RUN = 'notebook:run-cell';

/** Adds the pane and the commands that open it. */
export const previewPlugin = panePlugin<PreviewPane>({
  id: 'neutrino-lab:preview',
  description: 'Tries the endpoints of a notebook beside it: forms, answers, history.',
  activate: services => {
    const { app, tracker, view } = services;
    const { commands, model, notebooks, trans } = view;
    const panes = new Panes(services);

    /** The pane of the notebook that is meant, with the endpoint that is meant. */
    const open = (args: ReadonlyPartialJSONObject): PreviewPane | null => {
      const notebook = notebooks.at(pathOf(args));
      if (!notebook) {
        return null;
      }
      const pane = panes.open(notebook);
      const keyOfCell = endpointRow(notebook, model, undefined)?.endpoint.key;
      pane.session.show((args.key as string | undefined) ?? keyOfCell);
      if (args.follow !== undefined) {
        pane.session.follow(Boolean(args.follow));
      }
      return pane;
    };
    const place = {
      key: { type: 'string', description: trans.__('The endpoint; left out for the active cell') },
      path: { type: 'string', description: trans.__('The notebook; left out for the one in front') }
    };

    commands.addCommand(CommandIDs.openPreview, {
      label: trans.__('Open Preview'),
      caption: trans.__('Open the preview of the endpoints beside the notebook'),
      describedBy: withArgs({
        ...place,
        follow: { type: 'boolean' },
        keepFocus: { type: 'boolean' }
      }),
      isEnabled: () => notebooks.front !== null,
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
      describedBy: withArgs({ ...place, run: { type: 'boolean' } }),
      isEnabled: () => notebooks.front !== null,
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
      describedBy: withArgs(),
      isEnabled: () => Boolean(tracker.currentWidget?.session.submit),
      execute: () => tracker.currentWidget?.session.submit?.()
    });
    return {
      commands: [CommandIDs.openPreview, CommandIDs.tryEndpoint, CommandIDs.send],
      args: ({ session }) => ({ key: session.key, follow: session.isFollowing })
    };
  }
});
