import type { ISnapshot } from '../../model';
import { diagnostic } from '../../model/__tests__/samples';
import { marksOf } from '../marks';

const TEXT = '"""\n@HTTP\nGET /a\n"""';
const VERB = { line: 3, column: 0, end_line: 3, end_column: 3 };

function snapshot(analysed: string, found = diagnostic({ span: VERB })): ISnapshot {
  const cells = [{ cell_id: 'hello', cell: 2, tokens: [{ kind: 'verb' as const, span: VERB }] }];
  const sources = new Map([['hello', analysed]]);
  return { cells, sources, diagnostics: [found] } as unknown as ISnapshot;
}

describe('the marks of a cell', () => {
  it('are its tokens and its diagnostics', () => {
    expect(marksOf(snapshot(TEXT), 'hello', TEXT)).toEqual([
      { from: 10, to: 13, className: 'nl-Token nl-mod-verb nl-mod-GET' },
      { from: 10, to: 13, className: 'nl-Underline nl-mod-error' }
    ]);
  });

  it('wait where the answer is about another text', () => {
    expect(marksOf(snapshot('older'), 'hello', TEXT)).toBeNull();
  });

  it('are none in a cell that declares nothing', () => {
    expect(marksOf(snapshot(TEXT), 'other', 'x = 1')).toEqual([]);
  });

  it('leave out what the typist is not done with: Python that does not parse', () => {
    const broken = diagnostic({ code: 'NL101', span: VERB });
    expect(marksOf(snapshot(TEXT, broken), 'hello', TEXT)).toHaveLength(1);
  });

  it('leave the code of ordinary cells alone, but not a text that nearly declares', () => {
    const plain = (code: string) => ({
      ...snapshot(TEXT, diagnostic({ code, span: VERB })),
      cells: []
    });
    expect(marksOf(plain('NL116'), 'hello', TEXT)).toEqual([]);
    expect(marksOf(plain('NL102'), 'hello', TEXT)).toHaveLength(1);
  });

  it('leave out what has no place', () => {
    const nowhere = diagnostic({ span: null });
    expect(marksOf(snapshot(TEXT, nowhere), 'hello', TEXT)).toHaveLength(1);
  });
});
