/**
 * What is to be marked in a cell: the tokens of its declarations, and its diagnostics.
 */
import type { ISnapshot } from '../model';
import type { Diagnostic } from '../protocol';
import { Offsets, type IRange } from './offsets';

/** What the panel tells anyway, and what would only be noise while code is being written. */
const BROKEN_PYTHON = 'NL101';
/** The codes of texts that nearly declare something. */
const NEARLY = ['NL102', 'NL103'];

/** A diagnostic, and the stretch of text that it is about. */
interface IFound {
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

/** One stretch to mark. */
export interface IMark extends IRange {
  readonly className: string;
}

/**
 * The marks of a cell whose text is `text`; null where the newest answer is about another text,
 * so that the marks there are had better move along with the edits until the next one.
 */
export function marksOf(
  snapshot: ISnapshot,
  cellId: string,
  text: string
): readonly IMark[] | null {
  const declared = snapshot.cells.find(cell => cell.cell_id === cellId);
  if (!declared && !snapshot.diagnostics.some(each => each.cell_id === cellId)) {
    return [];
  }
  const found = foundIn(snapshot, cellId, text);
  if (!found) {
    return null;
  }
  const offsets = new Offsets(text);
  const tokens = (declared?.tokens ?? []).flatMap(token => {
    const range = offsets.range(token.span);
    // A verb has a colour of its own, that of its badge.
    const verb = range && token.kind === 'verb' ? text.slice(range.from, range.to) : '';
    const className = `nl-Token nl-mod-${token.kind}${verb && ` nl-mod-${verb.toUpperCase()}`}`;
    return range ? [{ ...range, className }] : [];
  });
  const underlines = found.map(({ diagnostic, range }) => ({
    ...range,
    className: `nl-Underline nl-mod-${diagnostic.severity}`
  }));
  return [...tokens, ...underlines].sort((a, b) => a.from - b.from || b.to - a.to);
}
