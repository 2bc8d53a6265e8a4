/**
 * Writing the file before the server reads it.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { NeutrinoModel } from '../model';

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
