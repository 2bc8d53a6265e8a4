/**
 * Export to Docker: one notification, from the start to the folder.
 */
import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { NeutrinoModel } from '../model';
import type { Export } from '../protocol';
import { saveCode } from './saving';

const OPEN_FOLDER = 'filebrowser:open-path';
/** What is over sooner gets no progress shown. */
const PATIENCE_MS = 400;
/** A notification that is changed before it is on the screen stays as it was. */
const SHOWN_MS = 1000;

/** What the notification says in the end. */
interface IEnding {
  readonly type: 'success' | 'error';
  readonly message: string;
  readonly actions: Notification.IAction[];
}

/** Build the folder beside the notebook. */
export async function exportDocker(
  panel: NotebookPanel,
  model: NeutrinoModel,
  commands: CommandRegistry,
  trans: TranslationBundle
): Promise<void> {
  if (!(await saveCode(panel, model))) {
    return;
  }
  const name = panel.title.label;
  const ending = model.api.exportFolder({ path: model.path(panel.context) }).then(
    result => success(result, commands, trans),
    (error: Error) => failure(name, error, trans)
  );
  const isQuick = await Promise.race([
    ending.then(() => true),
    wait(PATIENCE_MS).then(() => false)
  ]);
  if (isQuick) {
    const { message, type, actions } = await ending;
    Notification.emit(message, type, { autoClose: false, actions });
    return;
  }
  const message = trans.__('Building a Docker folder from %1…', name);
  const id = Notification.emit(message, 'in-progress', { autoClose: false });
  const [end] = await Promise.all([ending, wait(SHOWN_MS)]);
  Notification.update({ id, autoClose: false, ...end });
}

function success(result: Export, commands: CommandRegistry, trans: TranslationBundle): IEnding {
  const copy: Notification.IAction = {
    label: trans.__('Copy command'),
    callback: event => {
      event.preventDefault();
      Clipboard.copyToSystem(result.command);
    }
  };
  const open: Notification.IAction = {
    label: trans.__('Open folder'),
    callback: () => void commands.execute(OPEN_FOLDER, { path: result.folder })
  };
  return {
    type: 'success',
    message: trans.__('%1 was written. Run it with: %2', result.folder, result.command),
    actions: commands.hasCommand(OPEN_FOLDER) ? [open, copy] : [copy]
  };
}

function failure(name: string, error: Error, trans: TranslationBundle): IEnding {
  return {
    type: 'error',
    message: trans.__('%1 was not exported: %2', name, error.message),
    actions: []
  };
}

function wait(durationMs: number): Promise<void> {
  return new Promise(resolve => {
    window.setTimeout(resolve, durationMs);
  });
}
