/**
 * An open notebook, and what the server has to know of it beside its path.
 */
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { INotebookModel } from '@jupyterlab/notebook';

/** The metadata key of everything of ours in a notebook and its cells. */
export const METADATA = 'neutrino_lab';

/** An open notebook: its cells, its path and its kernel, however many views show it. */
export type NotebookContext = DocumentRegistry.IContext<INotebookModel>;

/** The kernel that the notebook has or, before it has one, asks for. */
export function kernelName({ sessionContext, model }: NotebookContext): string {
  const metadata = model.getMetadata('kernelspec') as { name?: string } | undefined;
  return sessionContext.session?.kernel?.name || metadata?.name || '';
}

/** Whether every code cell of a notebook is trusted. */
export function isTrusted(model: INotebookModel): boolean {
  return Array.from(model.cells).every(cell => cell.type !== 'code' || cell.trusted);
}
