/**
 * Reasons, changes and stages of an export in the user's words.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Change, OptionError, Notice, Tally } from '../model';
import type { PlannedCell, Progress, Requirement } from '../protocol';

/** More names than these are counted. */
const NAMED = 3;

/** Why a cell is in or out. */
export function cellReason(cell: PlannedCell, trans: TranslationBundle): string {
  switch (cell.reason) {
    case 'declares':
      return trans.__('declares %1', listText(cell.needed_by, trans) || cell.title);
    case 'needed':
      return trans.__('needed by %1', listText(cell.needed_by, trans));
    case 'all':
      return cell.needed_by.length > 0
        ? trans.__('needed by %1', listText(cell.needed_by, trans))
        : trans.__('every cell goes in');
    case 'unanalysable':
      return trans.__('cannot be analysed: stays in');
    case 'not-needed':
      return trans.__('not needed by any endpoint');
    case 'excluded':
      return cell.needed_by.length > 0
        ? trans.__('left out by you, though needed by %1', listText(cell.needed_by, trans))
        : trans.__('left out by you');
    case 'skipped':
      return trans.__('tagged to stay out');
    case 'empty':
      return trans.__('empty');
  }
}

/** Some names in a row; many are counted. */
export function listText(names: readonly string[], trans: TranslationBundle): string {
  const shown = names.slice(0, NAMED).join(', ');
  const more = names.length - NAMED;
  return more > 0 ? trans._n('%2 and 1 more', '%2 and %1 more', more, shown) : shown;
}

/** Where a requirement comes from, before the cells are named. */
export function originText(origin: Requirement['origin'], trans: TranslationBundle): string {
  switch (origin) {
    case 'import':
      return trans.__('imported by');
    case 'pip':
      return trans.__('from a pip line in');
    case 'app':
      return trans.__('serves the app');
  }
}

export const CHANGE_GLYPHS: Readonly<Record<Change, string>> = {
  new: '+',
  changed: '~',
  same: '=',
  removed: '−',
  kept: '•'
};

export function changeText(change: Change, trans: TranslationBundle): string {
  switch (change) {
    case 'new':
      return trans.__('new');
    case 'changed':
      return trans.__('changed');
    case 'same':
      return trans.__('same');
    case 'removed':
      return trans.__('removed');
    case 'kept':
      return trans.__('kept');
  }
}

/** Files by change, those that change first. */
export function tallyText(tally: Tally, trans: TranslationBundle): string {
  const order: readonly Change[] = ['new', 'changed', 'removed', 'kept', 'same'];
  return order
    .filter(change => tally[change] > 0)
    .map(change => trans.__('%1 %2', tally[change], changeText(change, trans)))
    .join(' · ');
}

/** What is being done, and how far it is. */
export function progressText(progress: Progress | null, trans: TranslationBundle): string {
  const { stage, done, total } = progress ?? { stage: 'planning', done: 0, total: 0 };
  const text = stageText(stage, trans);
  return total > 0 ? trans.__('%1 %2/%3…', text, done, total) : trans.__('%1…', text);
}

function stageText(stage: Progress['stage'], trans: TranslationBundle): string {
  switch (stage) {
    case 'planning':
      return trans.__('Planning');
    case 'resolving':
      return trans.__('Resolving');
    case 'checking':
      return trans.__('Checking');
    case 'writing':
      return trans.__('Writing');
  }
}

/** What a notice says of the export of a notebook. */
export function noticeText(told: Notice, name: string, trans: TranslationBundle): string {
  switch (told.kind) {
    case 'running':
      return trans.__('Exporting %1: %2', name, progressText(told.progress, trans));
    case 'cancelling':
      return trans.__('Exporting %1: cancelling…', name);
    case 'cancelled':
      return trans.__('The export of %1 was cancelled; the folder is as it was.', name);
    case 'failed':
      return trans.__('%1 was not exported: %2', name, told.failure.message);
    case 'written':
      return [
        trans._n(
          '%2 was written (1 file).',
          '%2 was written (%1 files).',
          told.result.files,
          told.result.folder
        ),
        told.result.check?.ok === false ? trans.__('The check found problems.') : '',
        told.result.edited.length > 0
          ? trans.__(
              'Files that you had edited were kept as %1.',
              listText(told.result.edited, trans)
            )
          : ''
      ]
        .filter(Boolean)
        .join(' ');
  }
}

export function optionErrorText(error: OptionError, trans: TranslationBundle): string {
  switch (error) {
    case 'port':
      return trans.__('A port is a number from 1 to 65535.');
    case 'python':
      return trans.__('A version of Python looks like 3.12.');
  }
}
