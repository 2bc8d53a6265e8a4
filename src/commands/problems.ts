/**
 * Going from problem to problem, and the list of fixes for the one at the cursor.
 */
import type { Cell } from '@jupyterlab/cells';
import type { CodeMirrorEditor } from '@jupyterlab/codemirror';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Menu } from '@lumino/widgets';
import { foundIn, openTooltip } from '../editor';
import type { NeutrinoModel } from '../model';
import type { Diagnostic, Fix } from '../protocol';
import { hintText, messageText, plain, type IViewContext } from '../view';
import { CommandIDs, menuItem } from '../commandids';
import { neighbour, reveal } from './locate';

/** A position in the notebook, as one number after the other. */
type Position = readonly [cell: number, line: number, column: number];

/** Go to the next problem, or to the one before; round the end. */
export async function stepToProblem(
  panel: NotebookPanel,
  { model, trans, say }: IViewContext,
  direction: 1 | -1
): Promise<void> {
  const listed = model
    .state(panel.context)
    .snapshot.diagnostics.filter(each => each.cell > 0)
    .map(diagnostic => ({ diagnostic, position: positionOf(diagnostic) }))
    .sort((a, b) => compare(a.position, b.position));
  const here = cursor(panel);
  // The cursor stands between the problems before it and those behind it.
  const before = listed.filter(({ position }) => compare(position, here) < 0).length;
  const isOn = listed.some(({ position }) => compare(position, here) === 0);
  const from = direction === 1 ? before - (isOn ? 0 : 1) : before;
  const next = neighbour(
    listed.map((_, index) => index),
    from,
    direction
  );
  const diagnostic = next === null ? undefined : listed[next]?.diagnostic;
  if (!diagnostic) {
    say(trans.__('No problems.'));
    return;
  }
  const { span } = diagnostic;
  const [message, hint] = [messageText(diagnostic, trans), hintText(diagnostic, trans)];
  await reveal(panel, diagnostic.cell_id, span?.line ?? 1, span?.column ?? 0);
  say(plain(hint ? trans.__('%1. %2', message, hint) : message));
  const editor = editorOf(panel.content.activeCell);
  if (editor) {
    await openTooltip(editor.editor);
  }
}

/** Open the list of fixes for the problem at the cursor, or else those of its line or cell. */
export function openFixes(
  panel: NotebookPanel,
  { model, commands, trans, say }: IViewContext
): Menu | null {
  const cell = panel.content.activeCell;
  const fixes = cell ? fixesAt(panel, model, cell) : [];
  const { diagnostics } = model.state(panel.context).snapshot;
  /** Whether something of the cell is mended by this, and by no edit. */
  const isOffered = (action: Diagnostic['action']): boolean =>
    diagnostics.some(each => each.cell_id === cell?.model.id && each.action === action);
  const startsOver = isOffered('start-over');
  const drafts = isOffered('draft');
  if (!cell || (fixes.length === 0 && !startsOver && !drafts)) {
    say(trans.__('Nothing to fix here.'));
    return null;
  }
  const menu = new Menu({ commands });
  menu.addClass('nl-Fixes');
  const cellId = cell.model.id;
  const path = model.path(panel.context);
  fixes.forEach(fix => menu.addItem(menuItem(CommandIDs.applyFix, { path, cellId, ...fix })));
  if (drafts) {
    menu.addItem(menuItem(CommandIDs.generate, { path, cellId }));
  }
  if (startsOver) {
    menu.addItem(menuItem(CommandIDs.startOver, { path }));
  }
  const focused = document.activeElement;
  menu.aboutToClose.connect(() => {
    if (focused instanceof HTMLElement) {
      focused.focus();
    }
    // The menu is still closing: it can go only after that.
    requestAnimationFrame(() => menu.dispose());
  }, menu);
  const { left, bottom } = corner(cell);
  menu.open(left, bottom);
  menu.activeIndex = 0;
  return menu;
}

/** The fixes of the diagnostics that are closest to the cursor. */
function fixesAt(panel: NotebookPanel, model: NeutrinoModel, cell: Cell): readonly Fix[] {
  const source = cell.model.sharedModel.getSource();
  const { snapshot } = model.state(panel.context);
  const found = foundIn(snapshot, cell.model.id, source);
  const editor = panel.content.mode === 'edit' ? editorOf(cell) : null;
  if (!found) {
    return [];
  }
  if (editor) {
    const { doc, selection } = editor.editor.state;
    const line = doc.lineAt(selection.main.head);
    const at = found.filter(
      ({ range }) => range.from <= selection.main.head && selection.main.head <= range.to
    );
    const near = found.filter(({ range }) => range.from <= line.to && line.from <= range.to);
    const closest = [at, near].map(list => list.flatMap(each => each.diagnostic.fixes));
    const best = closest.find(list => list.length > 0);
    if (best) {
      return best;
    }
  }
  return snapshot.diagnostics
    .filter(each => each.cell_id === cell.model.id)
    .flatMap(each => each.fixes);
}

function corner(cell: Cell): { left: number; bottom: number } {
  const editor = editorOf(cell);
  const at = editor?.hasFocus()
    ? editor.getCoordinateForPosition(editor.getCursorPosition())
    : (cell.inputArea ?? cell).node.getBoundingClientRect();
  return at ?? cell.node.getBoundingClientRect();
}

function cursor(panel: NotebookPanel): Position {
  const { content } = panel;
  const editor = content.mode === 'edit' ? editorOf(content.activeCell) : null;
  const { line, column } = editor?.getCursorPosition() ?? { line: -1, column: 0 };
  return [content.activeCellIndex + 1, line + 1, column];
}

function positionOf({ cell, span }: Diagnostic): Position {
  return [cell, span?.line ?? 1, span?.column ?? 0];
}

function compare(a: Position, b: Position): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** The editor of a cell, as the notebook of JupyterLab makes it. */
export function editorOf(cell: Cell | null): CodeMirrorEditor | null {
  return (cell?.editor ?? null) as CodeMirrorEditor | null;
}
