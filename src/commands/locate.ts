/**
 * Finding cells: the one a command is about, the next that declares something.
 */
import { NotebookActions, type Notebook, type NotebookPanel } from '@jupyterlab/notebook';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IRow, NeutrinoModel, NotebookState } from '../model';
import type { IViewContext } from '../view';
import { pathOf } from './availability';

/** Bring a cell into view, make it the active one and put the cursor at a line of it. */
export async function reveal(
  panel: NotebookPanel,
  cellId: string,
  line?: number,
  column = 0
): Promise<void> {
  const { content } = panel;
  const index = content.widgets.findIndex(cell => cell.model.id === cellId);
  if (index < 0) {
    return;
  }
  await activate(content, index);
  const cell = content.widgets[index];
  if (line === undefined || !cell) {
    return;
  }
  cell.inputHidden = false;
  await cell.ready;
  content.mode = 'edit';
  cell.editor?.setCursorPosition({ line: line - 1, column });
  cell.editor?.focus();
}

/** Go back to where one was writing in a cell. */
export async function resume(panel: NotebookPanel, cellId: string): Promise<void> {
  const cell = panel.content.widgets.find(each => each.model.id === cellId);
  const line = cell?.editor?.getCursorPosition().line ?? 0;
  await reveal(panel, cellId, line + 1, cell?.editor?.getCursorPosition().column);
}

/** Go to the next declarative cell, or the one before; round the end. */
export async function step(
  panel: NotebookPanel,
  model: NeutrinoModel,
  direction: 1 | -1
): Promise<void> {
  const { content } = panel;
  const { rows } = model.state(panel.context).snapshot;
  const declared = new Set(rows.map(row => row.endpoint.cell_id));
  const places = content.widgets.flatMap((cell, index) =>
    declared.has(cell.model.id) ? [index] : []
  );
  const target = neighbour(places, content.activeCellIndex, direction);
  if (target !== null) {
    await activate(content, target);
  }
}

/** The place after or before `from` among sorted places, going round. */
export function neighbour(
  places: readonly number[],
  from: number,
  direction: 1 | -1
): number | null {
  if (direction === 1) {
    return places.find(place => place > from) ?? places[0] ?? null;
  }
  const before = places.filter(place => place < from);
  return before[before.length - 1] ?? places[places.length - 1] ?? null;
}

/** The endpoint of that key or, without one, the first that the active cell declares. */
export function endpointRow(
  panel: NotebookPanel,
  model: NeutrinoModel,
  key: string | undefined
): IRow | null {
  const { rows } = model.state(panel.context).snapshot;
  const active = panel.content.activeCell?.model.id;
  const isMeant = (row: IRow): boolean =>
    key === undefined ? row.endpoint.cell_id === active : row.endpoint.key === key;
  return rows.find(isMeant) ?? null;
}

/** An endpoint of an open notebook. */
export interface ILocated {
  readonly panel: NotebookPanel;
  readonly state: NotebookState;
  readonly row: IRow;
}

/** The endpoint that a command is about; null where there is none, or one of another kind. */
export function located(
  { model, notebooks }: IViewContext,
  args: ReadonlyPartialJSONObject,
  kind: string
): ILocated | null {
  const panel = notebooks.at(pathOf(args));
  const row = panel && endpointRow(panel, model, args.key as string | undefined);
  return panel && row?.endpoint.kind === kind
    ? { panel, state: model.state(panel.context), row }
    : null;
}

async function activate(content: Notebook, index: number): Promise<void> {
  content.mode = 'command';
  content.deselectAll();
  content.activeCellIndex = index;
  await content.scrollToItem(index, 'smart');
  await NotebookActions.focusActiveCell(content);
}
