import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { CommandIDs } from '../../commandids';
import { KINDS, OTHER } from '../../kinds';
import type { NotebookState } from '../../model';
import { endpoint, fakeApi, diagnostic, served } from '../../model/__tests__/samples';
import type { Diagnostic } from '../../protocol';
import { Kinds, type IViewContext } from '../../view';
import { closeTooltip, openTooltip, tooltips } from '../tooltip';

const TEXT = '# @HTTP\n# GET /api/hello';
const VERB = { line: 2, column: 2, end_line: 2, end_column: 5 };
const PATH = { line: 2, column: 6, end_line: 2, end_column: 16 };

function build(diagnostics: readonly Diagnostic[], isServed = false) {
  const commands = new CommandRegistry();
  const fixed: unknown[] = [];
  commands.addCommand(CommandIDs.applyFix, {
    describedBy: { args: { type: 'object' } },
    execute: args => void fixed.push(args)
  });
  const api = fakeApi({
    hover: async ({ column }) => ({
      markdown: column < 6 ? '**GET** Reads something.' : '**/api/hello** The path.',
      span: column < 6 ? VERB : PATH
    })
  });
  const trans = nullTranslator.load('');
  const kinds = new Kinds(KINDS, OTHER);
  const view = {
    model: { api, address: api.liveUrl },
    kinds,
    commands,
    trans
  } as unknown as IViewContext;
  const tokens = [
    { kind: 'verb' as const, span: VERB },
    { kind: 'path' as const, span: PATH }
  ];
  const row = { endpoint: endpoint(), status: { kind: 'live' }, diagnostics: [] };
  const state = {
    analysis: {
      document: { path: 'a.ipynb', cells: [] }
    },
    snapshot: {
      cells: [{ cell_id: 'hello', cell: 2, tokens }],
      sources: new Map([['hello', TEXT]]),
      diagnostics,
      rows: isServed ? [row] : [],
      served: isServed ? served() : null
    },
    stats: () => null
  } as unknown as NotebookState;
  const extensions = [
    tooltips(
      view,
      () => 'hello',
      () => state
    )
  ];
  const editor = new EditorView({
    state: EditorState.create({ doc: TEXT, extensions }),
    parent: document.body
  });
  const at = async (offset: number): Promise<boolean> => {
    editor.dispatch({ selection: { anchor: offset } });
    return openTooltip(editor);
  };
  const dom = (): Element | null => editor.dom.querySelector('.nl-Tooltip');
  return { editor, at, dom, fixed };
}

describe('the tooltip of a declaration', () => {
  it('says what is wrong, what to do, and does it', async () => {
    const fix = {
      title: 'change it to `POST`',
      title_wording: null,
      span: VERB,
      text: 'POST'
    };
    const { at, dom, fixed } = build([diagnostic({ span: VERB, fixes: [fix] })]);
    expect(await at(11)).toBe(true);
    expect(dom()?.querySelector('.nl-Tooltip-problem')?.textContent).toBe(
      'nam is not declaredDeclare itFix: change it to POSTNL302'
    );
    expect(dom()?.querySelector('.nl-Tooltip-meaning')).toBeNull();
    dom()?.querySelector('button')?.click();
    expect(fixed).toEqual([{ cellId: 'hello', ...fix }]);
  });

  it('goes with an edit, with the cursor, and when it is closed', async () => {
    const { editor, at, dom } = build([]);
    for (const leave of [
      () => editor.dispatch({ changes: { from: 0, to: 1, insert: '#' } }),
      () => editor.dispatch({ selection: { anchor: 0 } }),
      () => closeTooltip(editor)
    ]) {
      expect(await at(11)).toBe(true);
      expect(editor.dom.classList).toContain('nl-mod-told');
      leave();
      expect(dom()).toBeNull();
      expect(editor.dom.classList).not.toContain('nl-mod-told');
    }
  });

  it('says what stands there where nothing is wrong', async () => {
    const { at, dom } = build([]);
    await at(11);
    expect(dom()?.querySelector('.nl-Tooltip-meaning')?.textContent).toBe('GET Reads something.');
  });

  it('has nothing to tell of what is no declaration', async () => {
    const { at } = build([]);
    expect(await at(0)).toBe(false);
  });

  it('says of a path where it answers', async () => {
    const { at, dom } = build([], true);
    await at(16);
    expect(dom()?.textContent).toContain('Live at http://localhost/neutrino/live/a1/api/hello');
  });
});
