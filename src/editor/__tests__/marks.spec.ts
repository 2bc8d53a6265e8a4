import type { NotebookState } from '../../model';
import { analysis, finding } from '../../model/__tests__/samples';
import { marksOf } from '../marks';

const TEXT = '"""\n@HTTP\nGET /a\n"""';
const VERB = { line: 3, column: 0, end_line: 3, end_column: 3 };

function state(analysed: string, found = finding({ span: VERB })): NotebookState {
  const cells = [{ cell_id: 'hello', cell: 2, tokens: [{ kind: 'verb' as const, span: VERB }] }];
  return {
    analysis: {
      analysis: analysis({ cells }),
      analysedSource: (id: string) => (id === 'hello' ? analysed : undefined)
    },
    snapshot: { findings: [found] }
  } as unknown as NotebookState;
}

describe('the marks of a cell', () => {
  it('are its tokens and its findings', () => {
    expect(marksOf(state(TEXT), 'hello', TEXT)).toEqual([
      { from: 10, to: 13, className: 'nl-Token nl-mod-verb', title: '' },
      {
        from: 10,
        to: 13,
        className: 'nl-Underline nl-mod-error',
        title: '`nam` is not declared\ndeclare it'
      }
    ]);
  });

  it('wait where the answer is about another text', () => {
    expect(marksOf(state('older'), 'hello', TEXT)).toBeNull();
  });

  it('are none in a cell that declares nothing', () => {
    expect(marksOf(state(TEXT), 'other', 'x = 1')).toEqual([]);
  });

  it('leave out what has no place', () => {
    const nowhere = finding({ span: null });
    expect(marksOf(state(TEXT, nowhere), 'hello', TEXT)).toHaveLength(1);
  });
});
