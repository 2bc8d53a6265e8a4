/**
 * The served notebooks in the panel of running sessions.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IRunningSessionManagers, type IRunningSessions } from '@jupyterlab/running';
import { stop } from '../commands/serve';
import { INeutrinoView } from '../tokens';
import { logoIcon, type IViewContext } from '../view';
import type { Served } from '../protocol';

const OPEN = 'docmanager:open';

/** Lists what is served beside kernels and terminals. */
export const runningPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:running',
  description: 'Lists the served notebooks among the running sessions.',
  autoStart: true,
  requires: [INeutrinoView],
  optional: [IRunningSessionManagers],
  activate: (
    _: JupyterFrontEnd,
    view: INeutrinoView,
    managers: IRunningSessionManagers | null
  ): void => {
    const { trans } = view;
    const { served } = view.model;
    managers?.add({
      name: trans.__('Served Notebooks'),
      running: () => served.running().map(each => item(each, view)),
      refreshRunning: () => void served.refresh(),
      runningChanged: served.changed,
      shutdownAll: () => served.running().forEach(each => void stop(each, view.model, trans)),
      shutdownLabel: trans.__('Stop'),
      shutdownAllLabel: trans.__('Stop All'),
      shutdownAllConfirmationText: trans.__(
        'Stop serving all notebooks? Their endpoints will not answer any more.'
      )
    });
  }
};

function item(each: Served, view: IViewContext): IRunningSessions.IRunningItem {
  const { model, commands, trans } = view;
  return {
    label: () => PathExt.basename(each.path),
    labelTitle: () => each.path,
    detail: () => model.address(each, '/'),
    icon: () => logoIcon,
    open: () => void commands.execute(OPEN, { path: each.path }),
    shutdown: () => void stop(each, model, trans)
  };
}
