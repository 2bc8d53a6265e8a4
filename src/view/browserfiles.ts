/**
 * Files of JupyterLab's file browser, dragged onto a part of a view.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';

/** As much of Lumino's drag events as is looked at. */
interface IDragEvent {
  readonly mimeData: { hasData(type: string): boolean; getData(type: string): unknown };
  readonly proposedAction: string;
  dropAction: string;
}

/** What takes the files. */
export interface IFileTarget {
  /** They are above it, or no longer. */
  over?(isOver: boolean): void;
  /** They were dropped: their contents paths. */
  drop(paths: readonly string[]): void;
}

const CONTENTS = 'application/x-jupyter-icontents';
const TYPES = ['lm-dragenter', 'lm-dragover', 'lm-dragleave', 'lm-drop'];

/** Let files be dropped on a node; what is given back ends it. */
export function acceptBrowserFiles(node: HTMLElement, target: IFileTarget): () => void {
  const onDrag = (event: Event): void => {
    const drag = event as unknown as IDragEvent;
    if (!drag.mimeData.hasData(CONTENTS)) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    // The file browser's own word for it is a move, and no other is let through.
    drag.dropAction = drag.proposedAction;
    target.over?.(event.type === 'lm-dragenter' || event.type === 'lm-dragover');
    if (event.type === 'lm-drop') {
      target.drop(drag.mimeData.getData(CONTENTS) as readonly string[]);
    }
  };
  TYPES.forEach(type => node.addEventListener(type, onDrag));
  return () => TYPES.forEach(type => node.removeEventListener(type, onDrag));
}

/** Read a file of the user's; a notebook too is read as the file that it is. */
export async function readFile(contents: Contents.IManager, path: string): Promise<File> {
  const { content, mimetype } = await contents.get(path, {
    type: 'file',
    format: 'base64',
    content: true
  });
  const bytes = Uint8Array.from(atob(String(content)), each => each.charCodeAt(0));
  // A path may begin with the name of its drive.
  const name = PathExt.basename(contents.localPath(path));
  return new File([bytes], name, { type: mimetype ?? '' });
}
