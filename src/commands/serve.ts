/**
 * Saving, serving and stopping a notebook.
 */
import { showErrorMessage } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ServerPartMissing } from '../api';
import { kernelName, type NeutrinoModel } from '../model';
import type { Served } from '../protocol';
import { askForTrust, isUntrusted, type ITrustQuestion } from './trust';

/**
 * Save the notebook if its code is not what the file holds; false where that did not work. What
 * is as it is in the file is left alone, so that serving changes no byte of it.
 */
export async function saveCode(panel: NotebookPanel, model: NeutrinoModel): Promise<boolean> {
  const { context } = panel;
  const { analysis } = model.state(context);
  if (!analysis.isAhead || context.model.readOnly) {
    return true;
  }
  try {
    await context.save();
  } catch {
    // The document has told the user itself.
    return false;
  }
  return true;
}

/**
 * Save what is not saved and serve it. Where the server knows nobody who trusts this content it asks
 * first, and remembers the answer until the content is another.
 */
export async function serve(
  panel: NotebookPanel,
  model: NeutrinoModel,
  trans: TranslationBundle
): Promise<void> {
  const { context } = panel;
  if (!(await saveCode(panel, model))) {
    return;
  }
  const request = {
    path: model.path(context),
    kernel_name: kernelName(context),
    options: model.preferences.serveOptions()
  };
  const failed = trans.__('The notebook was not served');
  try {
    await model.served.serve({ ...request, trusted: false });
  } catch (error) {
    if (!isUntrusted(error)) {
      await explain(error, failed, model);
    } else if (await askForTrust(question(panel, trans), trans)) {
      await model.served
        .serve({ ...request, trusted: true })
        .catch((again: unknown) => explain(again, failed, model));
    }
  }
}

/** Serve it from a new process, without what its cells have left behind in this one. */
export async function startOver(
  { id, path }: Served,
  model: NeutrinoModel,
  trans: TranslationBundle
): Promise<void> {
  const failed = trans.__('%1 was not started over', PathExt.basename(path));
  await model.api.restart(id).catch((error: unknown) => explain(error, failed, model));
}

/** Stop serving it, or give up a start; that may be refused where it is another user's. */
export async function stop(
  { id, path }: Served,
  model: NeutrinoModel,
  trans: TranslationBundle
): Promise<void> {
  const failed = trans.__('%1 was not stopped', PathExt.basename(path));
  await model.served.stop(id).catch((error: unknown) => explain(error, failed, model));
}

function question(panel: NotebookPanel, trans: TranslationBundle): ITrustQuestion {
  return {
    title: trans.__('Serve an untrusted notebook?'),
    body: trans.__(
      'Serving runs every cell of “%1” on this machine, and you have not run or trusted it yet. Serve it only if you know where it comes from.',
      panel.title.label
    ),
    accept: trans.__('Trust and serve')
  };
}

/** Say what has failed, and why. */
async function explain(error: unknown, failed: string, model: NeutrinoModel): Promise<void> {
  if (error instanceof ServerPartMissing) {
    // The panel tells what to do about it.
    await model.served.refresh();
    return;
  }
  await showErrorMessage(failed, error as Error);
}
