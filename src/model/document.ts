/**
 * What the server has to know of an open notebook beside its path.
 */
import type { INotebookModel, NotebookPanel } from '@jupyterlab/notebook';

/** The kernel that the notebook has or, before it has one, asks for. */
export function kernelName({ sessionContext, model }: NotebookPanel['context']): string {
  const metadata = model.getMetadata('kernelspec') as { name?: string } | undefined;
  return sessionContext.session?.kernel?.name || metadata?.name || '';
}

/** Whether every code cell of a notebook is trusted. */
export function isTrusted(model: INotebookModel): boolean {
  return Array.from(model.cells).every(cell => cell.type !== 'code' || cell.trusted);
}
