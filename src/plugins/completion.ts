/**
 * Completion inside declarations.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { EditorExtensionRegistry, IEditorExtensionRegistry } from '@jupyterlab/codemirror';
import { ICompletionProviderManager, type CompletionProviderManager } from '@jupyterlab/completer';
import { INotebookTracker, type NotebookPanel } from '@jupyterlab/notebook';
import { completionTrigger, DeclarationCompletion } from '../editor';
import { INeutrinoView } from '../tokens';

/** Registers the provider, and asks for it where `@` begins a declaration. */
export const completionPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:completion',
  description: 'Completes kinds, verbs, keys, types and arguments inside declarations.',
  autoStart: true,
  requires: [INeutrinoView, INotebookTracker, ICompletionProviderManager, IEditorExtensionRegistry],
  activate: (
    _: JupyterFrontEnd,
    view: INeutrinoView,
    tracker: INotebookTracker,
    manager: ICompletionProviderManager,
    registry: IEditorExtensionRegistry
  ): void => {
    // JupyterLab's own manager knows all providers, though its token does not say so.
    const { getProviders } = manager as Partial<CompletionProviderManager>;
    manager.registerProvider(
      new DeclarationCompletion(
        view,
        ({ widget }) =>
          tracker.has(widget) ? view.model.state((widget as NotebookPanel).context) : null,
        () => getProviders?.call(manager).values() ?? []
      )
    );
    const invoke = (): void => {
      if (tracker.currentWidget) {
        manager.invoke(tracker.currentWidget.id);
      }
    };
    registry.addExtension({
      name: 'neutrino-lab:completion-trigger',
      factory: ({ model }) =>
        'type' in model && model.type === 'code'
          ? EditorExtensionRegistry.createImmutableExtension(completionTrigger(invoke))
          : null
    });
  }
};
