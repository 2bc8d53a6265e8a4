/**
 * The sessions in which code runs: their model, their commands, and JupyterLab's list of what runs.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, showErrorMessage } from '@jupyterlab/apputils';
import { IRunningSessionManagers, type IRunningSessions } from '@jupyterlab/running';
import { kernelIcon } from '@jupyterlab/ui-components';
import { SessionsClient, type ISessionsApi } from '../api';
import { CommandIDs, invoke } from '../commandids';
import { Reconnection } from '../model';
import type { SessionAnswer } from '../protocol';
import {
  KernelSessions,
  SESSION_COMMANDS,
  memoryText,
  registerSessions,
  sessionStateText,
  sessionText
} from '../sessions';
import { INeutrinoSessions, INeutrinoView } from '../tokens';
import type { IViewContext } from '../view';

/** Provides the sessions. */
export const sessionsPlugin: JupyterFrontEndPlugin<INeutrinoSessions> = {
  id: 'neutrino-lab:sessions',
  description: 'Follows the sessions in which code runs, and lists them among what runs.',
  autoStart: true,
  provides: INeutrinoSessions,
  requires: [INeutrinoView],
  optional: [ICommandPalette, IRunningSessionManagers],
  activate: (
    app: JupyterFrontEnd,
    view: INeutrinoView,
    palette: ICommandPalette | null,
    managers: IRunningSessionManagers | null
  ): INeutrinoSessions => {
    const { trans } = view;
    const api = new SessionsClient(app.serviceManager.serverSettings);
    const sessions = new KernelSessions(api);
    view.model.own(sessions);
    view.model.own(new Reconnection({ failed: sessions.lost, ask: () => sessions.connect() }));
    registerSessions(view, sessions, api);
    const category = trans.__('Neutrino Lab');
    SESSION_COMMANDS.forEach(command => palette?.addItem({ command, category }));
    managers?.add({
      name: trans.__('Sessions of Neutrino Lab'),
      running: () => sessions.all.map(each => item(each, view, api)),
      refreshRunning: () => void sessions.connect(),
      runningChanged: sessions.changed,
      shutdownAll: () => sessions.all.forEach(each => void end(each, view, api)),
      shutdownLabel: trans.__('End'),
      shutdownAllLabel: trans.__('End All'),
      shutdownAllConfirmationText: trans.__(
        'End all sessions? Their variables and files will be lost.'
      )
    });
    void sessions.connect();
    const { served } = view.model;
    served.changed.connect(() => {
      // A server part that was missing has come.
      if (served.connection === 'ready') {
        void sessions.connect();
      }
    });
    return sessions;
  }
};

function item(
  session: SessionAnswer,
  view: IViewContext,
  api: ISessionsApi
): IRunningSessions.IRunningItem {
  const { commands, trans } = view;
  const stats = [sessionStateText(session, trans), memoryText(session, trans)];
  return {
    label: () => session.name,
    labelTitle: () => sessionText(session, Date.now(), trans),
    detail: () => stats.filter(Boolean).join(' · '),
    icon: () => kernelIcon,
    open: () => void invoke(commands, CommandIDs.pickSession, { id: session.session_id }),
    shutdown: () => void end(session, view, api)
  };
}

async function end(
  { session_id, name }: SessionAnswer,
  { trans }: IViewContext,
  api: ISessionsApi
): Promise<void> {
  try {
    await api.end(session_id);
  } catch (error) {
    await showErrorMessage(trans.__('%1 was not ended', name), error as Error);
  }
}
