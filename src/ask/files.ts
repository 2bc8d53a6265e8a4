/**
 * Files that go with a question: chosen among the user's, or dropped.
 */
import type { IDocumentManager } from '@jupyterlab/docmanager';
import { FileDialog } from '@jupyterlab/filebrowser';
import type { Contents } from '@jupyterlab/services';
import type { ITranslator } from '@jupyterlab/translation';
import { readFile } from '../view';
import { fileAttachment, type IAttachment } from './attachments';

/** Let a person choose among their files. */
export async function chooseFiles(
  manager: IDocumentManager,
  translator: ITranslator,
  title: string
): Promise<readonly IAttachment[]> {
  const { button, value } = await FileDialog.getOpenFiles({ manager, title, translator });
  const chosen = button.accept ? (value ?? []) : [];
  return chosen
    .filter(({ type }) => type !== 'directory')
    .map(({ name, path }) => contentsFile(manager.services.contents, name, path));
}

/** A file of the user's. */
export function contentsFile(contents: Contents.IManager, name: string, path: string): IAttachment {
  return fileAttachment(name, contents.localPath(path), () => readFile(contents, path));
}

/** Files from the disk of who looks at the page. */
export function droppedFiles(files: Iterable<File>): readonly IAttachment[] {
  return [...files].map(file => fileAttachment(file.name, null, async () => file));
}
