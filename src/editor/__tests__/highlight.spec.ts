import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { Signal } from '@lumino/signaling';
import type { NotebookState } from '../../model';
import { highlight } from '../highlight';

const TEXT = '# @HTTP\n# GET /a';
const KIND = { line: 1, column: 2, end_line: 1, end_column: 7 };

function build() {
  const cells = [{ cell_id: 'hello', cell: 2, tokens: [{ kind: 'kind' as const, span: KIND }] }];
  const model = {
    snapshot: { cells, sources: new Map([['hello', TEXT]]), diagnostics: [] }
  };
  const changed = new Signal<object, void>({});
  const state = Object.assign(model, { changed }) as unknown as NotebookState;
  const extensions = [
    highlight(
      () => 'hello',
      () => state
    )
  ];
  const view = new EditorView({ state: EditorState.create({ doc: TEXT, extensions }) });
  const marked = () =>
    Array.from(view.dom.querySelectorAll('.nl-mod-kind'), each => each.textContent);
  return { view, marked, model, changed };
}

describe('the colours of a declaration', () => {
  it('come with the editor', async () => {
    const { marked } = build();
    await Promise.resolve();
    expect(marked()).toEqual(['@HTTP']);
  });

  it('move along with an edit that nobody has analysed yet', async () => {
    const { view, marked } = build();
    await Promise.resolve();
    view.dispatch({ changes: { from: 0, insert: '# a line above\n' } });
    await Promise.resolve();
    expect(marked()).toEqual(['@HTTP']);
    view.dispatch({ changes: { from: 19, insert: 'X' } });
    expect(marked()).toEqual(['@HXTTP']);
  });

  it('come back with the text', async () => {
    const { view, marked } = build();
    await Promise.resolve();
    view.dispatch({ changes: { from: 0, to: TEXT.length } });
    expect(marked()).toEqual([]);
    view.dispatch({ changes: { from: 0, insert: TEXT } });
    await Promise.resolve();
    expect(marked()).toEqual(['@HTTP']);
  });

  it('end with the editor', async () => {
    const { view, changed } = build();
    await Promise.resolve();
    view.destroy();
    expect(() => changed.emit()).not.toThrow();
  });
});
