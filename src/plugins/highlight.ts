/**
 * The colours of declarations inside the editor.
 */
import type { ICellModel } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { highlight } from '../editor';
import { INeutrinoModel } from '../tokens';

/** Extends every editor; it does something only in a notebook's code cells. */
export const highlightPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:highlight',
  description: 'Colours declarations and underlines what is wrong with them.',
  autoStart: true,
  requires: [INeutrinoModel, IEditorExtensionRegistry],
  activate: (
    _: JupyterFrontEnd,
    model: INeutrinoModel,
    registry: IEditorExtensionRegistry
  ): void => {
    registry.addExtension({
      name: 'neutrino-lab:declarations',
      factory: ({ model: text }) => {
        if (!isCell(text)) {
          return null;
        }
        const find = (): ReturnType<INeutrinoModel['stateOf']> => {
          const notebook = text.sharedModel.notebook;
          return notebook && model.stateOf(notebook);
        };
        return EditorExtensionRegistry.createImmutableExtension(highlight(() => text.id, find));
      }
    });
  }
};

function isCell(text: CodeEditor.IModel): text is ICellModel {
  return (text as Partial<ICellModel>).type === 'code';
}
