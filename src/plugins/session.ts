/**
 * Opens a session as a notebook, whoever fills it.
 */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ExecutionClient } from '../api';
import { Artifact, FollowedSession, SessionPane } from '../artifact';
import { keepAndOpen } from '../ask';
import { CommandIDs } from '../commands';
import { withArgs } from '../commands/availability';
import { Reconnection } from '../model';
import { INeutrinoView } from '../tokens';

/** Adds the command that opens a session. */
export const sessionPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:session',
  description: 'Shows all that is run in a session as a notebook, and runs code there.',
  autoStart: true,
  requires: [INeutrinoView, IEditorServices],
  optional: [ILabShell, ILayoutRestorer, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    view: INeutrinoView,
    editors: IEditorServices,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    browser: IDefaultFileBrowser | null
  ): void => {
    const { commands, rendermime, trans } = view;
    if (!rendermime) {
      return;
    }
    const api = new ExecutionClient(app.serviceManager.serverSettings);
    const tracker = new WidgetTracker<SessionPane>({ namespace: 'neutrino-lab-session' });
    const cwd = (): string => browser?.model.path ?? '';

    const open = (id: string): SessionPane => {
      const known = tracker.find(({ followed }) => followed.artifact.sessionId === id);
      if (known) {
        return known;
      }
      const now = (): number => Date.now();
      const artifact = new Artifact({ api, now, sessionId: id, name: () => '' });
      const followed = new FollowedSession({ api, artifact, id, now });
      const keep = (): Promise<void> =>
        keepAndOpen({ app, api, trans, cwd }, { artifact, given: [], turns: [] });
      const pane = new SessionPane({ followed, view, editors, rendermime, keep });
      pane.id = `neutrino-lab-session-${id}`;
      const again = new Reconnection({ failed: followed.lost, ask: () => followed.connect() });
      pane.disposed.connect(() => again.dispose(), again);
      app.shell.add(pane, labShell ? 'main' : 'right', { activate: false });
      void tracker.add(pane);
      void followed.connect();
      return pane;
    };

    commands.addCommand(CommandIDs.openSession, {
      label: trans.__('Open Session'),
      caption: trans.__('Show what was run in a session as a notebook'),
      describedBy: withArgs(
        { id: { type: 'string', description: trans.__('The id of the session') } },
        ['id']
      ),
      execute: args => {
        const pane = open(String(args.id));
        app.shell.activateById(pane.id);
        return pane;
      }
    });
    void restorer?.restore(tracker, {
      command: CommandIDs.openSession,
      args: ({ followed }) => ({ id: followed.artifact.sessionId }),
      name: ({ followed }) => followed.artifact.sessionId ?? ''
    });
  }
};
