/**
 * Completion inside declarations; everywhere else the usual completer is left alone.
 */
import { EditorView } from '@codemirror/view';
import type { Extension } from '@codemirror/state';
import type { ICellModel } from '@jupyterlab/cells';
import type {
  CompletionHandler,
  ICompletionContext,
  ICompletionProvider
} from '@jupyterlab/completer';
import { Text } from '@jupyterlab/coreutils';
import type { NotebookState } from '../model';
import type { Completion, Completions, Span } from '../protocol';
import type { IViewContext } from '../view';
import { Offsets } from './offsets';

type Item = CompletionHandler.ICompletionItem;
type Reply = CompletionHandler.ICompletionItemsReply;
type Request = CompletionHandler.IRequest;

/** How a cell begins that may hold a declaration; whether it does, the server says. */
const MAY_DECLARE = /^\s*(?:[rRuU]?["']|[#@%])/;
/** What may stand before an `@` that begins a declaration. */
const OPENING = /^(?:[ \t]*(?:[#%][^\n]*)?\n)*(?:(?:[rRuU]?(?:"""|'''|"|')|#)\s*|[ \t]*)$/;
const NOTHING: Reply = { start: 0, end: 0, items: [] };
const UNKNOWN: Completions = { items: [], is_declaration: false };

/** Asks the server what can be written at the cursor. */
export class DeclarationCompletion implements ICompletionProvider {
  readonly identifier = 'neutrino-lab:completion';
  // Above the kernel (550), so that ours come first. Below a language server (1000): the model and
  // the renderer of the first provider are used for the items of all.
  readonly rank = 600;
  readonly renderer = null;

  /** `find` answers null for a widget that is no notebook. */
  constructor(
    private readonly _view: IViewContext,
    private readonly _find: (context: ICompletionContext) => NotebookState | null,
    /** All providers that there are by now. */
    private readonly _others: () => Iterable<ICompletionProvider>
  ) {}

  async isApplicable(context: ICompletionContext): Promise<boolean> {
    const { editor } = context;
    const text = editor?.model.sharedModel.getSource() ?? '';
    const may = text.includes('@') && MAY_DECLARE.test(text) && this._find(context) !== null;
    if (may) {
      for (const each of this._others()) {
        this._quieten(each);
      }
    }
    return may;
  }

  async fetch(request: Request, context: ICompletionContext): Promise<Reply> {
    const { items } = await this._ask(request, context);
    const { text, offset } = request;
    const first = items[0];
    return first ? reply(items, first.span, text, offset) : NOTHING;
  }

  /** Let another one offer nothing inside of a declaration: magics and names mean nothing there. */
  private _quieten(provider: ICompletionProvider): void {
    if (provider === this || this._quietened.has(provider)) {
      return;
    }
    this._quietened.add(provider);
    const usual = provider.fetch.bind(provider);
    provider.fetch = async (request, context, trigger) => {
      const isApplicable = await this.isApplicable(context);
      const own = isApplicable ? await this._ask(request, context).catch(() => UNKNOWN) : UNKNOWN;
      return own.is_declaration ? NOTHING : usual(request, context, trigger);
    };
  }

  /** What the server answers; asked once for a place, whoever wants to know. */
  private _ask(request: Request, context: ICompletionContext): Promise<Completions> {
    const known = this._answers.get(request);
    if (known) {
      return known;
    }
    const { text, offset } = request;
    const state = this._find(context);
    const cell = context.editor?.model as ICellModel | undefined;
    if (!state || !cell) {
      return Promise.resolve(UNKNOWN);
    }
    // The completer of JupyterLab counts characters.
    const place = new Offsets(text).position(Text.charIndexToJsIndex(offset, text));
    const asked = { ...state.analysis.document, cell_id: cell.id, ...place };
    const answer = this._view.model.api.complete(asked);
    this._answers.set(request, answer);
    return answer;
  }

  /** The completer hands one and the same request to all providers. */
  private readonly _answers = new WeakMap<Request, Promise<Completions>>();
  private readonly _quietened = new WeakSet<ICompletionProvider>();
}

/** What the completer of JupyterLab takes: what fits what is typed before the cursor at `offset`. */
function reply(items: readonly Completion[], span: Span, text: string, offset: number): Reply {
  const { from, to } = new Offsets(text).place(span) ?? { from: 0, to: 0 };
  const typed = text.slice(from, Text.charIndexToJsIndex(offset, text)).toLowerCase();
  const fitting = items.filter(each => each.label.toLowerCase().includes(typed));
  const first = fitting.filter(each => each.label.toLowerCase().startsWith(typed));
  const rest = fitting.filter(each => !first.includes(each));
  return {
    start: Text.jsIndexToCharIndex(from, text),
    end: Text.jsIndexToCharIndex(to, text),
    items: [...first, ...rest].map(item)
  };
}

function item({ label, insert, kind, detail, documentation }: Completion): Item {
  return {
    label,
    insertText: insert,
    type: kind,
    documentation: plain([detail, documentation].filter(Boolean).join('\n\n'))
  };
}

/** The completer shows plain text. */
function plain(markdown: string): string {
  return markdown.replace(/^```\w*\n?/gm, '').replace(/\*\*|`/g, '');
}

/** Call `invoke` when an `@` is typed that begins a declaration. */
export function completionTrigger(invoke: () => void): Extension {
  return EditorView.updateListener.of(update => {
    if (!update.transactions.some(each => each.isUserEvent('input.type'))) {
      return;
    }
    update.changes.iterChanges((_from, _to, start, end, inserted) => {
      const isAt = inserted.toString() === '@' && end === update.state.selection.main.head;
      if (isAt && OPENING.test(update.state.sliceDoc(0, start))) {
        // The completer has to hear of the edit first.
        window.setTimeout(invoke);
      }
    });
  });
}
