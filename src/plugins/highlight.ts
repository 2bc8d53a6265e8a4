/**
 * The colours of declarations inside the editor.
 */
import type { ICellModel } from '@jupyterlab/cells';
import type { CodeEditor } from '@jupyterlab/codeeditor';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { authorship, highlight, tooltips } from '../editor';
import { takeOver } from '../model';
import type { INeutrinoModel } from '../tokens';
import { INeutrinoView } from '../tokens';

/** Extends every editor; it does something only in a notebook's code cells. */
export const highlightPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:highlight',
  description: 'Colours declarations, underlines what is wrong with them and explains them.',
  autoStart: true,
  requires: [INeutrinoView, IEditorExtensionRegistry],
  activate: (_: JupyterFrontEnd, view: INeutrinoView, registry: IEditorExtensionRegistry): void => {
    registry.addExtension({
      name: 'neutrino-lab:declarations',
      factory: ({ model: text }) => {
        if (!isCell(text)) {
          return null;
        }
        const find = (): ReturnType<INeutrinoModel['stateOf']> => {
          const notebook = text.sharedModel.notebook;
          return notebook && view.model.stateOf(notebook);
        };
        const cellId = (): string => text.id;
        return EditorExtensionRegistry.createImmutableExtension([
          authorship(() => takeOver(text)),
          highlight(cellId, find),
          tooltips(view, cellId, find)
        ]);
      }
    });
  }
};

function isCell(text: CodeEditor.IModel): text is ICellModel {
  return (text as Partial<ICellModel>).type === 'code';
}
