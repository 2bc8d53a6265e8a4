import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { ICompletionContext, ICompletionProvider } from '@jupyterlab/completer';
import { nullTranslator } from '@jupyterlab/translation';
import { fakeApi } from '../../model/__tests__/samples';
import type { NotebookState } from '../../model';
import type { Completion, PositionRequest } from '../../protocol';
import type { IViewContext } from '../../view';
import { completionTrigger, DeclarationCompletion } from '../completion';

function option(label: string, column: number, end: number): Completion {
  const span = { line: 2, column, end_line: 2, end_column: end };
  return { label, kind: 'key', detail: '', documentation: '**a** `b`', insert: `${label}: `, span };
}

function build(
  text: string,
  items: readonly Completion[],
  { isNotebook = true, is_declaration = true } = {}
) {
  const asked: PositionRequest[] = [];
  const api = fakeApi({
    complete: async request => {
      asked.push(request);
      return { items, is_declaration };
    }
  });
  const view = { model: { api }, trans: nullTranslator.load('') } as unknown as IViewContext;
  const state = { analysis: { document: { path: 'a.ipynb', cells: [] } } };
  const kernel: ICompletionProvider = {
    identifier: 'kernel',
    isApplicable: async () => true,
    fetch: async ({ offset }) => ({ start: offset, end: offset, items: [{ label: '%timeit' }] })
  };
  const provider: DeclarationCompletion = new DeclarationCompletion(
    view,
    () => (isNotebook ? (state as unknown as NotebookState) : null),
    () => [kernel, provider]
  );
  const model = { id: 'c', sharedModel: { getSource: () => text } };
  const context = { editor: { model } } as unknown as ICompletionContext;
  return { provider, context, asked, kernel };
}

describe('completion in declarations', () => {
  it.each([
    ['"""\n@HTTP', true],
    ["r'@WS /a'", true],
    ['# one\n# @HTTP GET /a', true],
    ['%time\n# @HTTP GET /a', true],
    ['import os\nmail = "a@b"', false],
    ['"""a text"""', false]
  ])('asks only in cells that may declare: %j', async (text, expected) => {
    const { provider, context } = build(text, []);
    expect(await provider.isApplicable(context)).toBe(expected);
  });

  it('keeps out of what is no notebook', async () => {
    const { provider, context } = build('# @HTTP', [], { isNotebook: false });
    expect(await provider.isApplicable(context)).toBe(false);
  });

  it('asks at the cursor, and tells the completer in characters what fits', async () => {
    const text = '# 😀 @HTTP GET /a\n# 😀 qu';
    const items = [option('query', 5, 7), option('body', 5, 7), option('a-query', 5, 7)];
    const { provider, context, asked } = build(text, items);
    const offset = Array.from(text).length;
    const reply = await provider.fetch({ text, offset }, context);
    expect(asked).toEqual([{ path: 'a.ipynb', cells: [], cell_id: 'c', line: 2, column: 7 }]);
    expect(reply).toEqual({
      start: offset - 2,
      end: offset,
      items: ['query', 'a-query'].map(label => ({
        label,
        insertText: `${label}: `,
        type: 'key',
        documentation: 'a b'
      }))
    });
  });

  it.each([
    [true, 1, []],
    [false, 1, ['%timeit']]
  ])('lets others offer nothing inside: %j', async (is_declaration, questions, expected) => {
    const text = '# @HTTP GET /a\n# ';
    const { provider, context, asked, kernel } = build(text, [], { is_declaration });
    const request = { text, offset: text.length };
    await provider.isApplicable(context);
    await provider.isApplicable(context);
    const [, reply] = await Promise.all([
      provider.fetch(request, context),
      kernel.fetch(request, context)
    ]);
    expect(reply.items.map(each => each.label)).toEqual(expected);
    expect(asked.length).toBe(questions);
  });

  it('leaves others alone in cells that do not declare', async () => {
    const text = 'import os\nos.';
    const { provider, context, asked, kernel } = build('# @HTTP', []);
    await provider.isApplicable(context);
    const usual = { ...context, editor: { model: { sharedModel: { getSource: () => text } } } };
    const reply = await kernel.fetch(
      { text, offset: text.length },
      usual as unknown as ICompletionContext
    );
    expect([reply.items.length, asked.length]).toEqual([1, 0]);
  });

  it('offers nothing where the server knows nothing', async () => {
    const { provider, context } = build('# @HTTP', []);
    const reply = await provider.fetch({ text: '# @HTTP', offset: 7 }, context);
    expect(reply).toEqual({ start: 0, end: 0, items: [] });
  });
});

describe('an @ that is typed', () => {
  function typed(before: string, text = '@'): boolean {
    jest.useFakeTimers();
    const invoke = jest.fn();
    const state = EditorState.create({ doc: before, extensions: [completionTrigger(invoke)] });
    const view = new EditorView({ state });
    const at = before.length;
    view.dispatch({
      changes: { from: at, insert: text },
      selection: { anchor: at + text.length },
      userEvent: 'input.type'
    });
    jest.runAllTimers();
    jest.useRealTimers();
    view.destroy();
    return invoke.mock.calls.length > 0;
  }

  it.each(['', '"""', '"""\n', "'''\n", '# ', '# one\n\n# ', '%time\n"""'])(
    'asks for completion where a declaration may begin: %j',
    before => expect(typed(before)).toBe(true)
  );

  it.each(['x = 1\n', '"""\ntext ', 'x ', 'def f():\n    """', '"""a"""\n'])(
    'is left alone elsewhere: %j',
    before => expect(typed(before)).toBe(false)
  );

  it('and nothing else does', () => {
    expect(typed('', 'a')).toBe(false);
  });
});
