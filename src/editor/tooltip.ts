/**
 * The tooltip of a declaration: what is wrong at a place, how to fix it, what stands there.
 */
import { Facet, StateEffect, StateField, type Extension } from '@codemirror/state';
import { EditorView, hoverTooltip, showTooltip, type Tooltip } from '@codemirror/view';
import { CommandIDs, invoke } from '../commandids';
import type { NotebookState } from '../model';
import type { Diagnostic } from '../protocol';
import {
  callsText,
  element,
  fixText,
  hintText,
  inline,
  markdown,
  messageText,
  sentence,
  type IViewContext
} from '../view';
import { foundAt, foundIn } from './marks';
import { Offsets } from './offsets';

/** What a tooltip is made from. */
interface ISubject {
  readonly view: IViewContext;
  readonly state: NotebookState;
  readonly cellId: string;
}

const subjects = Facet.define<() => ISubject | null>();
const setTooltip = StateEffect.define<Tooltip | null>();

/** The tooltip that a key has opened; those of the mouse are CodeMirror's. */
const opened = StateField.define<Tooltip | null>({
  create: () => null,
  update: (tooltip, transaction) => {
    const left = transaction.docChanged || transaction.selection ? null : tooltip;
    return transaction.effects.reduce(
      (found, effect) => (effect.is(setTooltip) ? effect.value : found),
      left
    );
  },
  provide: self => [
    showTooltip.from(self),
    // What the shortcut that closes it goes by.
    EditorView.editorAttributes.from(self, tooltip => ({ class: tooltip ? 'nl-mod-told' : '' }))
  ]
});

/** Tooltips in the editor of a cell. `find` answers null while the cell is in no notebook. */
export function tooltips(
  view: IViewContext,
  cellId: () => string,
  find: () => NotebookState | null
): Extension {
  const subject = (): ISubject | null => {
    const state = find();
    return state && { view, state, cellId: cellId() };
  };
  return [
    subjects.of(subject),
    opened,
    hoverTooltip((editor, offset) => tooltipAt(editor, offset), { hideOnChange: true }),
    EditorView.domEventHandlers({
      blur: (event, editor) => {
        if (!editor.dom.contains(event.relatedTarget as Node | null)) {
          closeTooltip(editor);
        }
      }
    })
  ];
}

/** Show what there is to tell of the place of the cursor; false where there is nothing. */
export async function openTooltip(editor: EditorView): Promise<boolean> {
  const { head } = editor.state.selection.main;
  const tooltip = await tooltipAt(editor, head);
  if (!tooltip || editor.state.selection.main.head !== head) {
    return false;
  }
  editor.dispatch({ effects: setTooltip.of(tooltip) });
  return true;
}

/** Take it away again. */
export function closeTooltip(editor: EditorView): void {
  if (editor.state.field(opened, false)) {
    editor.dispatch({ effects: setTooltip.of(null) });
  }
}

async function tooltipAt(editor: EditorView, offset: number): Promise<Tooltip | null> {
  const subject = editor.state.facet(subjects)[0]?.() ?? null;
  const text = editor.state.doc.toString();
  const found = subject && foundIn(subject.state.snapshot, subject.cellId, text);
  if (!subject || !found) {
    return null;
  }
  const here = foundAt(found, offset);
  // Of a word that is wrong, its meaning would only mislead.
  const meaning = here.length > 0 ? null : await explain(subject, text, offset);
  const range = here[0]?.range ?? meaning?.range;
  if (!range || editor.state.doc.toString() !== text) {
    return null;
  }
  const diagnostics = here.map(each => each.diagnostic);
  return {
    pos: range.from,
    end: range.to,
    above: true,
    create: () => ({ dom: build(subject, diagnostics, meaning?.parts ?? []) })
  };
}

/** Ask the server what stands at a place, where it has coloured something. */
async function explain(
  { view, state, cellId }: ISubject,
  text: string,
  offset: number
): Promise<{ range: { from: number; to: number }; parts: readonly Node[] } | null> {
  const offsets = new Offsets(text);
  const cell = state.snapshot.cells.find(each => each.cell_id === cellId);
  const isToken = (cell?.tokens ?? []).some(token => {
    const range = offsets.range(token.span);
    return range !== null && range.from <= offset && offset < range.to;
  });
  if (!isToken) {
    return null;
  }
  const place = { ...state.analysis.document, cell_id: cellId, ...offsets.position(offset) };
  const answer = await view.model.api.hover(place).catch(() => null);
  const range = answer?.span ? offsets.range(answer.span) : null;
  if (!answer || !range) {
    return null;
  }
  const live = liveText(view, state, cellId, text.slice(range.from, range.to));
  return { range, parts: [markdown(answer.markdown), ...live] };
}

/** Where a path answers, and how its last calls went. */
function liveText(
  { kinds, model, trans }: IViewContext,
  state: NotebookState,
  cellId: string,
  path: string
): readonly Node[] {
  const { rows, served } = state.snapshot;
  const row = rows.find(
    ({ endpoint }) => endpoint.cell_id === cellId && endpoint.path === path && path !== ''
  );
  if (!row || !served || row.status.kind === 'not-served' || row.status.kind === 'stopped') {
    return [];
  }
  const { endpoint } = row;
  const url = model.address(served, path, kinds.of(endpoint).scheme(endpoint) ?? 'http');
  const stats = state.stats(endpoint.key);
  const lines = [
    trans.__('Live at %1', url),
    stats && stats.latencies_ms.length > 0 ? callsText(stats, trans) : '',
    stats && stats.last_status > 0
      ? trans.__('The last call was answered with %1', stats.last_status)
      : ''
  ];
  return lines.filter(Boolean).map(line => element('p', line));
}

function build(
  subject: ISubject,
  diagnostics: readonly Diagnostic[],
  meaning: readonly Node[]
): HTMLElement {
  const dom = element('div', ...diagnostics.map(diagnostic => problem(subject, diagnostic)));
  dom.className = 'nl-Tooltip';
  if (meaning.length > 0) {
    const about = element('div', ...meaning);
    about.className = 'nl-Tooltip-meaning';
    dom.append(about);
  }
  return dom;
}

function problem({ view, state, cellId }: ISubject, diagnostic: Diagnostic): HTMLElement {
  const { commands, trans } = view;
  const { path } = state.snapshot;
  const node = element('div', element('p', ...inline(sentence(messageText(diagnostic, trans)))));
  node.className = 'nl-Tooltip-problem';
  node.dataset.severity = diagnostic.severity;
  if (diagnostic.hint) {
    const hint = element('p', ...inline(sentence(hintText(diagnostic, trans))));
    hint.className = 'nl-Tooltip-hint';
    node.append(hint);
  }
  const actions = element('div');
  actions.className = 'nl-Tooltip-actions';
  for (const fix of diagnostic.fixes) {
    const button = element('button', fixText(fix, trans));
    button.type = 'button';
    button.className = 'nl-Button nl-mod-plain';
    // The editor keeps the focus, and with it the cursor.
    button.addEventListener('mousedown', event => event.preventDefault());
    button.addEventListener(
      'click',
      () => void invoke(commands, CommandIDs.applyFix, { path, cellId, ...fix })
    );
    actions.append(button);
  }
  const code = element('span', diagnostic.code);
  code.className = 'nl-Tooltip-code';
  actions.append(code);
  node.append(actions);
  return node;
}
