/**
 * The diagnostics of a cell and where they stand in its text.
 */
import type { ISnapshot } from '../model';
import type { Diagnostic } from '../protocol';
import { Offsets, type IRange } from './offsets';

/** What the panel tells anyway, and what would only be noise while code is being written. */
const BROKEN_PYTHON = 'NL101';
/** The codes of texts that nearly declare something. */
const NEARLY = ['NL102', 'NL103'];

/** A diagnostic, and the stretch of text that it is about. */
export interface IFound {
  readonly diagnostic: Diagnostic;
  readonly range: IRange;
}

/**
 * What is to be marked in a cell whose text is `text`; null where the newest answer is about
 * another text.
 */
export function foundIn(
  { cells, diagnostics, sources }: ISnapshot,
  cellId: string,
  text: string
): readonly IFound[] | null {
  if (sources.get(cellId) !== text) {
    return null;
  }
  const isDeclaring = cells.some(cell => cell.cell_id === cellId);
  const offsets = new Offsets(text);
  return diagnostics.flatMap(diagnostic => {
    const isMarked =
      diagnostic.cell_id === cellId &&
      diagnostic.code !== BROKEN_PYTHON &&
      (isDeclaring || NEARLY.includes(diagnostic.code));
    const range = isMarked && diagnostic.span ? offsets.range(diagnostic.span) : null;
    return range ? [{ diagnostic, range }] : [];
  });
}

/** Those of them that are at a place. */
export function foundAt(found: readonly IFound[], offset: number): readonly IFound[] {
  return found.filter(({ range }) => range.from <= offset && offset <= range.to);
}
