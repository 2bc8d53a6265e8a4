/**
 * What is to be marked in a cell: the tokens of its declarations, and its findings.
 */
import type { NotebookState } from '../model';
import { Offsets, type IRange } from './offsets';

/** One stretch to mark. */
export interface IMark extends IRange {
  readonly className: string;
  readonly title: string;
}

/**
 * The marks of a cell whose text is `text`; null where the newest answer is about another text,
 * so that the marks there are had better move along with the edits until the next one.
 */
export function marksOf(
  state: NotebookState,
  cellId: string,
  text: string
): readonly IMark[] | null {
  const { analysis } = state;
  const declared = analysis.analysis?.cells.find(cell => cell.cell_id === cellId);
  const found = state.snapshot.findings.filter(each => each.cell_id === cellId);
  if (!declared && found.length === 0) {
    return [];
  }
  if (analysis.analysedSource(cellId) !== text) {
    return null;
  }
  const offsets = new Offsets(text);
  const tokens = (declared?.tokens ?? []).map(token =>
    mark(offsets.range(token.span), `nl-Token nl-mod-${token.kind}`, '')
  );
  const underlines = found.map(finding =>
    mark(
      finding.span && offsets.range(finding.span),
      `nl-Underline nl-mod-${finding.severity}`,
      finding.hint ? `${finding.message}\n${finding.hint}` : finding.message
    )
  );
  return [...tokens, ...underlines]
    .filter((each): each is IMark => each !== null)
    .sort((a, b) => a.from - b.from || b.to - a.to);
}

function mark(range: IRange | null, className: string, title: string): IMark | null {
  return range && { ...range, className, title };
}
