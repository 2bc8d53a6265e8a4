/**
 * Keeps what was run as a notebook, and opens it on the kernel that ran it.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IExecutionApi } from '../api';
import { keep, type Keepable } from './keep';

const OPEN = 'docmanager:open';

/** What is needed to write a notebook and open it. */
export interface IKeepServices {
  readonly app: JupyterFrontEnd;
  readonly api: IExecutionApi;
  readonly trans: TranslationBundle;
  /** The folder of what goes with no file. */
  readonly cwd: () => string;
}

/** Write it and open it; what went wrong is said. */
export async function keepAndOpen(services: IKeepServices, what: Keepable): Promise<void> {
  const { api, app, trans, cwd } = services;
  const { contents, kernelspecs } = app.serviceManager;
  const { sessionId } = what.artifact;
  try {
    const session = sessionId === null ? null : await api.session(sessionId).catch(() => null);
    await kernelspecs.ready;
    const name = session?.kernel_name ?? kernelspecs.specs?.default ?? 'python3';
    const display = kernelspecs.specs?.kernelspecs[name]?.display_name ?? name;
    const { path, skipped } = await keep(contents, what, { name, display_name: display }, cwd());
    if (skipped.length) {
      Notification.warning(
        trans.__(
          'There were files of these names beside the notebook, and they were left as they are: %1',
          skipped.join(', ')
        )
      );
    }
    const id = session?.kernel_id;
    await app.commands.execute(OPEN, { path, ...(id && { kernel: { id, name } }) });
  } catch (error) {
    await showErrorMessage(trans.__('No notebook was written'), error as Error);
  }
}
