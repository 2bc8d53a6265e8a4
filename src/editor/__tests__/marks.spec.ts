import type { NotebookState } from '../../model';
import { analysis, diagnostic } from '../../model/__tests__/samples';
import { marksOf } from '../marks';

const TEXT = '"""\n@HTTP\nGET /a\n"""';
const VERB = { line: 3, column: 0, end_line: 3, end_column: 3 };

function state(analysed: string, found = diagnostic({ span: VERB })): NotebookState {
  const cells = [{ cell_id: 'hello', cell: 2, tokens: [{ kind: 'verb' as const, span: VERB }] }];
  return {
    analysis: {
      analysis: analysis({ cells }),
      analysedSource: (id: string) => (id === 'hello' ? analysed : undefined)
    },
    snapshot: { diagnostics: [found] }
  } as unknown as NotebookState;
}

describe('the marks of a cell', () => {
  it('are its tokens and its diagnostics', () => {
    expect(marksOf(state(TEXT), 'hello', TEXT)).toEqual([
      { from: 10, to: 13, className: 'nl-Token nl-mod-verb nl-mod-GET' },
      { from: 10, to: 13, className: 'nl-Underline nl-mod-error' }
    ]);
  });

  it('wait where the answer is about another text', () => {
    expect(marksOf(state('older'), 'hello', TEXT)).toBeNull();
  });

  it('are none in a cell that declares nothing', () => {
    expect(marksOf(state(TEXT), 'other', 'x = 1')).toEqual([]);
  });

  it('leave out what the typist is not done with: Python that does not parse', () => {
    const broken = diagnostic({ code: 'NL101', span: VERB });
    expect(marksOf(state(TEXT, broken), 'hello', TEXT)).toHaveLength(1);
  });

  it('leave the code of ordinary cells alone, but not a text that nearly declares', () => {
    const plain = (code: string) => {
      const found = state(TEXT, diagnostic({ code, span: VERB }));
      const { analysis: given } = found;
      return { ...found, analysis: { ...given, analysis: analysis({ cells: [] }) } };
    };
    const note = plain('NL116') as unknown as NotebookState;
    const nearly = plain('NL102') as unknown as NotebookState;
    expect(marksOf(note, 'hello', TEXT)).toEqual([]);
    expect(marksOf(nearly, 'hello', TEXT)).toHaveLength(1);
  });

  it('leave out what has no place', () => {
    const nowhere = diagnostic({ span: null });
    expect(marksOf(state(TEXT, nowhere), 'hello', TEXT)).toHaveLength(1);
  });
});
