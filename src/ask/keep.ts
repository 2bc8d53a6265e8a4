/**
 * Keeps what was run as a notebook beside its files, and opens it on the kernel that ran it.
 */
import type { JupyterFrontEnd } from '@jupyterlab/application';
import { Notification, showErrorMessage } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import type { ICell, INotebookContent } from '@jupyterlab/nbformat';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import { UUID } from '@lumino/coreutils';
import type { IExecutionApi } from '../api';
import { asNotebookCell, type ArtifactCell } from '../artifact';
import type { IAttachment } from './attachments';
import type { Conversation } from './conversation';

const OPEN = 'docmanager:open';
const NAME_CHARACTERS = 60;

/** What a notebook is made of. */
type Keepable = Pick<Conversation, 'artifact' | 'given' | 'turns'>;

/** What is needed to write a notebook and open it. */
interface IKeepServices {
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

/** Which kernel the notebook names. */
interface IKernelName {
  readonly name: string;
  readonly display_name: string;
}

/** The notebook: questions and texts as Markdown, in their places between the cells. */
function notebookOf(conversation: Keepable, kernel: IKernelName): INotebookContent {
  const before = new Map<ArtifactCell, string[]>();
  let texts: string[] = [];
  for (const { question, pieces } of conversation.turns) {
    texts.push(`## ${question}`);
    for (const piece of pieces) {
      if (piece.kind === 'text') {
        texts.push(piece.text);
      } else if (piece.kind === 'cell' && !piece.cell.isDisposed) {
        before.set(piece.cell, texts);
        texts = [];
      }
    }
  }
  const cells = conversation.artifact.written.flatMap(cell => [
    ...(before.get(cell) ?? []).map(markdownCell),
    asNotebookCell(cell)
  ]);
  return {
    cells: [...cells, ...texts.map(markdownCell)],
    metadata: { kernelspec: { ...kernel } },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** What was written, and what was left as it was since there is another file of that name. */
interface IKept {
  readonly path: string;
  readonly skipped: readonly string[];
}

/** Write the notebook beside its files; no file is written over. */
async function keep(
  contents: Contents.IManager,
  conversation: Keepable,
  kernel: IKernelName,
  cwd: string
): Promise<IKept> {
  const { given, turns } = conversation;
  const first = given.find(({ path }) => path !== null)?.path;
  const folder = first === undefined || first === null ? cwd : PathExt.dirname(first);
  const made = await contents.newUntitled({ path: folder, type: 'notebook' });
  const path = await renamed(contents, made.path, fileName(turns[0]?.question ?? ''));
  await contents.save(path, {
    type: 'notebook',
    format: 'json',
    content: notebookOf(conversation, kernel)
  });
  const skipped: string[] = [];
  for (const each of given) {
    const target = PathExt.join(folder, each.file);
    if (each.path !== target && !(await written(contents, target, each))) {
      skipped.push(each.file);
    }
  }
  return { path, skipped };
}

/** A name for a file, of the words of a question; empty where it has none. */
function fileName(question: string): string {
  return question
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
    .slice(0, NAME_CHARACTERS)
    .trim();
}

async function renamed(contents: Contents.IManager, path: string, name: string): Promise<string> {
  if (!name) {
    return path;
  }
  const wanted = PathExt.join(PathExt.dirname(path), `${name}.ipynb`);
  try {
    return (await contents.rename(path, wanted)).path;
  } catch {
    // There is one of that name already.
    return path;
  }
}

async function written(
  contents: Contents.IManager,
  path: string,
  { read }: IAttachment
): Promise<boolean> {
  const isThere = await contents.get(path, { content: false }).then(
    () => true,
    () => false
  );
  if (!isThere && read) {
    const content = await base64Of(await read());
    await contents.save(path, { type: 'file', format: 'base64', content });
  }
  return !isThere;
}

function base64Of(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(',')[1] ?? '');
    reader.onerror = () => reject(reader.error ?? new Error('The file cannot be read.'));
    reader.readAsDataURL(blob);
  });
}

function markdownCell(source: string): ICell {
  return { cell_type: 'markdown', id: UUID.uuid4(), metadata: {}, source };
}
