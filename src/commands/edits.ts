/**
 * Changes to the document that the user asked for: fixes, declarations, cells that work.
 */
import { showErrorMessage } from '@jupyterlab/apputils';
import type { ICellModel } from '@jupyterlab/cells';
import { NotebookActions, type INotebookModel, type NotebookPanel } from '@jupyterlab/notebook';
import { Offsets } from '../editor';
import { adopt, takeOver, type NeutrinoModel } from '../model';
import type { Fix, PlainFunction, Snippet } from '../protocol';
import { plain, titleText, type IViewContext } from '../view';

/**
 * Put a fix into a cell, as one step of its history; false where the cell's text is no longer the
 * one that the fix is about.
 */
export function applyFix(
  panel: NotebookPanel,
  model: NeutrinoModel,
  cellId: string,
  fix: Fix
): boolean {
  const cell = cellOf(panel.content.model, cellId);
  const { sources } = model.state(panel.context).snapshot;
  if (!cell || sources.get(cellId) !== cell.sharedModel.getSource()) {
    return false;
  }
  return put(cell, fix);
}

/**
 * Put a text and what is kept of it into a cell, as one step of its history; false where the cell's
 * text is no longer `before`.
 */
export function replaceCell(
  document: INotebookModel,
  cellId: string,
  before: string,
  source: string,
  metadata: Readonly<Record<string, unknown>>
): boolean {
  const cell = cellOf(document, cellId);
  if (cell?.sharedModel.getSource() !== before) {
    return false;
  }
  inOneStep(cell, () => adopt(cell, source, metadata));
  return true;
}

/** Write the declaration of a plain function of the notebook. */
export async function declareFunction(
  panel: NotebookPanel,
  { model, trans, say }: IViewContext,
  wanted: Pick<PlainFunction, 'cell_id' | 'name'>
): Promise<void> {
  const { analysis } = model.state(panel.context);
  const { cell_id, name } = wanted;
  const cell = cellOf(panel.content.model, cell_id);
  const source = cell?.sharedModel.getSource();
  try {
    const fix = await model.api.declare({ ...analysis.document, cell_id, function: name });
    if (cell && cell.sharedModel.getSource() === source && put(cell, fix)) {
      await show(panel, cell_id);
      say(plain(titleText(fix, trans)));
    }
  } catch (error) {
    await showErrorMessage(trans.__('Cannot declare %1', name), error as Error);
  }
}

/** Insert a cell that works below the active one, or into that if it is empty. */
export async function insertSample(
  panel: NotebookPanel,
  { model, trans, say }: IViewContext,
  kind: Snippet['kind']
): Promise<void> {
  try {
    const { items } = await model.api.snippets();
    const sample = items.find(each => each.kind === kind);
    if (sample) {
      place(panel, sample.source);
      say(trans.__('A cell was inserted: %1', sample.description));
    }
  } catch (error) {
    await showErrorMessage(trans.__('No cell was inserted'), error as Error);
  }
}

/** The function that a command is about: the one that is named, or that of the active cell. */
export function plainFunction(
  panel: NotebookPanel,
  model: NeutrinoModel,
  cellId: string | undefined
): PlainFunction | null {
  const wanted = cellId ?? panel.content.activeCell?.model.id;
  const listed = model.state(panel.context).snapshot.functions;
  return listed.find(each => each.cell_id === wanted) ?? null;
}

function place(panel: NotebookPanel, source: string): void {
  const { content } = panel;
  const active = content.activeCell;
  const isFree = active?.model.type === 'code' && !active.model.sharedModel.getSource().trim();
  if (!isFree) {
    NotebookActions.insertBelow(content);
    NotebookActions.changeCellType(content, 'code');
  }
  content.activeCell?.model.sharedModel.setSource(source);
  content.mode = 'command';
  void NotebookActions.focusActiveCell(content);
}

async function show(panel: NotebookPanel, cellId: string): Promise<void> {
  const { content } = panel;
  const index = content.widgets.findIndex(each => each.model.id === cellId);
  content.activeCellIndex = index;
  await content.scrollToItem(index, 'smart');
}

/** Make an edit in the shared model, so that it reaches every view and is undone as one. */
function put(cell: ICellModel, fix: Fix): boolean {
  const shared = cell.sharedModel;
  const range = new Offsets(shared.getSource()).place(fix.span);
  if (!range) {
    return false;
  }
  inOneStep(cell, () => shared.updateSource(range.from, range.to, fix.text));
  takeOver(cell);
  return true;
}

/** Keep a change apart from what was typed just before, and from what comes after. */
function inOneStep({ sharedModel }: ICellModel, change: () => void): void {
  const { undoManager } = sharedModel as { undoManager?: { stopCapturing(): void } | null };
  undoManager?.stopCapturing();
  change();
  undoManager?.stopCapturing();
}

function cellOf(document: INotebookModel | null, cellId: string): ICellModel | null {
  return Array.from(document?.cells ?? []).find(each => each.id === cellId) ?? null;
}
