/**
 * The drafts of the open notebooks, one for each cell, which are there also without a pane.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import type { IDraftsApi } from '../api';
import { isUp, type NeutrinoModel, type NotebookContext } from '../model';
import { savedValues } from '../model/preview';
import { Drafting, type IKept } from './drafting';

const PREFIX = 'neutrino-lab:generate';

/** Makes and finds drafts, and takes up those that were under way before a reload. */
export class Draftings {
  constructor(private readonly _options: Draftings.IOptions) {}

  /** The draft of a cell, made when it is first asked for: what was under way goes on. */
  of(context: NotebookContext, cellId: string): Promise<Drafting> {
    const known = this._known.get(context) ?? new Map<string, Promise<Drafting>>();
    this._known.set(context, known);
    const found = known.get(cellId) ?? this._make(context, cellId);
    known.set(cellId, found);
    return found;
  }

  private async _make(context: NotebookContext, cellId: string): Promise<Drafting> {
    const { api, model, storage, write } = this._options;
    const state = model.state(context);
    const drafting = new Drafting({
      api,
      cellId,
      document: () => state.analysis.document,
      requests: () => savedValues(context.model, cellId),
      servedId: () => (isUp(state.snapshot.served) ? state.snapshot.served.id : ''),
      source: () => state.analysis.sources.get(cellId) ?? null,
      write: (...given) => write(context, cellId, ...given)
    });
    context.disposed.connect(drafting.dispose, drafting);
    const key = (): string => `${PREFIX}:${model.path(context)}#${cellId}`;
    const kept = asKept(await storage?.fetch(key()).catch(() => undefined));
    drafting.keptChanged.connect((_, next) => {
      void (next ? storage?.save(key(), { ...next }) : storage?.remove(key()));
    });
    if (kept) {
      void drafting.restore(kept);
    }
    return drafting;
  }

  private readonly _known = new WeakMap<NotebookContext, Map<string, Promise<Drafting>>>();
}

export namespace Draftings {
  export interface IOptions {
    readonly api: IDraftsApi;
    readonly model: NeutrinoModel;
    readonly storage: IStateDB | null;
    /** Write a cell of a document, as `Drafting` asks for it. */
    readonly write: (
      context: NotebookContext,
      cellId: string,
      ...given: Parameters<Drafting.IOptions['write']>
    ) => boolean;
  }
}

/** Read what was kept; null where it is not what this version keeps. */
export function asKept(found: unknown): IKept | null {
  const { id, lookedAt, words, sharesValues } = (found ?? {}) as Partial<Record<string, unknown>>;
  return typeof id === 'string' &&
    typeof lookedAt === 'string' &&
    typeof words === 'string' &&
    typeof sharesValues === 'boolean'
    ? { id, lookedAt, words, sharesValues }
    : null;
}
