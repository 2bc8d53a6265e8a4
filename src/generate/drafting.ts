/**
 * The function of one cell on its way from words to a person's yes, whoever looks at it.
 */
import { Signal, type ISignal } from '@lumino/signaling';
import { LineLost, type IDraftsApi, type IServerEvent } from '../api';
import { DisposableObservable } from '../observable';
import type { DraftCandidate, DraftRequest, SourceCell } from '../protocol';
import { NOTHING, failureOf, isGone, stepOf, type IDraftState, type Verdict } from './state';

/** What is kept over a reload of the page: by the id the server tells a draft again. */
export interface IKept {
  readonly id: string;
  /** The preview whose values were looked at; none of them is kept here. */
  readonly lookedAt: string;
  readonly words: string;
  readonly sharesValues: boolean;
}

/**
 * One cell's draft. Nothing goes to a model before its preview was looked at, and an answer that
 * comes after something else was asked for changes nothing. `changed` is emitted when there is a
 * new state.
 */
export class Drafting extends DisposableObservable {
  constructor(private readonly _options: Drafting.IOptions) {
    super();
  }

  get state(): IDraftState {
    return this._state;
  }

  /** Emitted with what is to be kept over a reload; null for nothing. */
  get keptChanged(): ISignal<this, IKept | null> {
    return this._keptChanged;
  }

  get cellId(): string {
    return this._options.cellId;
  }

  /** Whether the cell is there. */
  get hasCell(): boolean {
    return this._options.source() !== null;
  }

  /** Whether the cell still is what the candidate was drafted for. */
  get isCurrent(): boolean {
    const { candidate } = this._state;
    return candidate !== null && this._options.source() === candidate.before;
  }

  /** Say what it has to do, and whether a model may see values: that has to be looked at again. */
  ask(changes: Partial<Pick<IDraftState, 'words' | 'sharesValues'>>): void {
    this._lookedAt = '';
    if (this._state.work === 'looking') {
      this._begin('idle');
    }
    this._set({ ...changes, preview: null });
  }

  /** Say what is to be otherwise in the candidate. */
  say(remark: string): void {
    this._set({ remark });
  }

  /** Ask what would be sent. Without words, those of the cell hold. */
  async look(): Promise<void> {
    if (this._state.work !== 'idle') {
      return;
    }
    const run = this._begin('looking');
    try {
      const preview = await this._options.api.preview(this._request());
      if (this._isRun(run)) {
        this._lookedAt = preview.id;
        this._set({ work: 'idle', preview, words: preview.words });
      }
    } catch (error) {
      this._fail(run, error);
    }
  }

  /** Send what was looked at, and follow what comes of it. */
  async draft(): Promise<void> {
    if (this._state.work !== 'idle' || !this._lookedAt) {
      return;
    }
    const { api } = this._options;
    const request = { ...this._request(), ...this._again, preview: this._lookedAt };
    const run = this._begin('drafting', { steps: [], isAgain: false });
    this._id = '';
    try {
      const { id } = await api.begin(request);
      if (!this._isRun(run)) {
        // It was stopped before it had an id.
        await api.discard(id).catch(() => undefined);
        return;
      }
      this._id = id;
      this._keep();
      await this._follow(run, id);
    } catch (error) {
      this._fail(run, error);
    }
  }

  /** Draft it again with what was said of the candidate, on the values that were looked at. */
  async again(): Promise<void> {
    const { work, candidate } = this._state;
    const remark = this._state.remark.trim();
    if (work !== 'idle' || !candidate || !remark) {
      return;
    }
    this._again = { last: candidate.id, remark };
    if (this._lookedAt) {
      await this.draft();
    } else {
      this._set({ isAgain: true });
      await this.look();
    }
  }

  /** Go back to the candidate without trying again. */
  back(): void {
    this._again = null;
    this._begin('idle', { isAgain: false });
  }

  /** Follow a draft that was begun before, from its first event on. */
  async resume(): Promise<void> {
    if (this._state.work !== 'idle' || !this._id) {
      return;
    }
    const run = this._begin('drafting', { steps: [] });
    try {
      await this._follow(run, this._id);
    } catch (error) {
      this._fail(run, error);
    }
  }

  /** Take up what was kept before the page was loaded again. */
  async restore({ id, lookedAt, words, sharesValues }: IKept): Promise<void> {
    if (this._state.work === 'idle' && !this._id) {
      this._id = id;
      this._lookedAt = lookedAt;
      this._set({ words, sharesValues });
      await this.resume();
    }
  }

  /** End what is under way. A candidate that there was before is there again. */
  async stop(): Promise<void> {
    const { work } = this._state;
    if (work === 'idle') {
      return;
    }
    const id = work === 'drafting' ? this._id : '';
    this._again = null;
    this._begin('idle', { isAgain: false });
    this._fallBack();
    await this._forget(id);
  }

  /** Throw the draft away; the words stay. */
  async discard(): Promise<void> {
    const { words, sharesValues, candidate } = this._state;
    const ids = new Set([candidate?.id ?? '', this._id]);
    this._again = null;
    this._lookedAt = '';
    this._begin('idle', { ...NOTHING, words, sharesValues });
    this._fallBack();
    await Promise.all([...ids].map(id => this._forget(id)));
  }

  /** Write the candidate into its cell, with where it comes from; true where that was done. */
  async accept(): Promise<boolean> {
    const { work, candidate } = this._state;
    if (work !== 'idle' || !candidate) {
      return false;
    }
    const run = this._begin('accepting');
    try {
      const { source, metadata } = await this._options.api.accept(candidate.id);
      return this._isRun(run) && this._write(candidate, source, metadata, 'accepted');
    } catch (error) {
      this._fail(run, error);
      return false;
    }
  }

  /** Write the candidate into its cell as the person's own; true where that was done. */
  edit(): boolean {
    const { work, candidate } = this._state;
    if (work !== 'idle' || !candidate) {
      return false;
    }
    this._begin('idle');
    return this._write(candidate, candidate.cell.trimEnd(), {}, 'edited');
  }

  protected override release(): void {
    this._abort.abort();
  }

  private _request(): DraftRequest {
    const { cellId, document, requests, servedId } = this._options;
    const { words, sharesValues } = this._state;
    return {
      ...document(),
      cell_id: cellId,
      words: words.trim(),
      share: sharesValues ? 'values' : 'schema-only',
      served_id: servedId(),
      requests: requests().map(each => ({ ...each }))
    };
  }

  private async _follow(run: number, id: string): Promise<void> {
    for await (const event of this._options.api.follow(id, this._abort.signal)) {
      if (!this._isRun(run)) {
        return;
      }
      if (this._take(event)) {
        return;
      }
    }
    throw new LineLost();
  }

  /** Take an event; what is of no kind that is known is passed over. True for the last one. */
  private _take(event: IServerEvent): boolean {
    const { kind, data } = event;
    if (kind === 'candidate') {
      const candidate = data as unknown as DraftCandidate;
      const words = this._state.words || candidate.words;
      this._again = null;
      this._set({ work: 'idle', candidate, words, remark: '', verdict: '' });
      return true;
    }
    if (kind === 'failed') {
      const failure = { code: String(data.code), message: String(data.message) };
      this._fallBack();
      this._set({ work: 'idle', failure });
      return true;
    }
    const step = stepOf(event);
    if (step) {
      this._set({ steps: [...this._state.steps, step] });
    }
    return false;
  }

  private _write(
    candidate: DraftCandidate,
    source: string,
    metadata: Readonly<Record<string, unknown>>,
    verdict: Verdict
  ): boolean {
    const isDone = this._options.write(candidate.before, source, metadata);
    if (!isDone) {
      const code = this.hasCell ? 'cell-changed' : 'no-cell';
      this._set({ work: 'idle', failure: { code, message: '' } });
      return false;
    }
    this._id = '';
    this._keep();
    this._set({ work: 'idle', verdict });
    return true;
  }

  private async _forget(id: string): Promise<void> {
    if (!id) {
      return;
    }
    const run = this._run;
    try {
      await this._options.api.discard(id);
    } catch (error) {
      if (this._isRun(run) && !isGone(error)) {
        this._set({ failure: failureOf(error) });
      }
    }
  }

  private _fail(run: number, error: unknown): void {
    if (!this._isRun(run)) {
      return;
    }
    const failure = failureOf(error);
    if (isGone(error)) {
      this._again = null;
      this._lookedAt = '';
      this._set({ preview: null, isAgain: false });
    }
    if (failure.code !== 'lost') {
      this._fallBack();
    }
    this._set({ work: 'idle', failure });
  }

  /** Begin something else: what is under way is not listened to any more. */
  private _begin(work: IDraftState['work'], changes: Partial<IDraftState> = {}): number {
    this._abort.abort();
    this._abort = new AbortController();
    this._run += 1;
    this._set({ failure: null, ...changes, work });
    return this._run;
  }

  private _isRun(run: number): boolean {
    return run === this._run && !this.isDisposed;
  }

  /** The draft under way is gone: what is left is the candidate that there was before. */
  private _fallBack(): void {
    this._id = this._state.candidate?.id ?? '';
    this._keep();
  }

  private _keep(): void {
    const { words, sharesValues } = this._state;
    const { _id: id, _lookedAt: lookedAt } = this;
    this._keptChanged.emit(id ? { id, lookedAt, words, sharesValues } : null);
  }

  private _set(changes: Partial<IDraftState>): void {
    this._state = { ...this._state, ...changes };
    this._changed.emit();
  }

  private readonly _keptChanged = new Signal<this, IKept | null>(this);
  private _state: IDraftState = NOTHING;
  private _abort = new AbortController();
  /** Counts what was begun. */
  private _run = 0;
  /** The draft that the server holds: the one under way, else the candidate. */
  private _id = '';
  private _lookedAt = '';
  private _again: { readonly last: string; readonly remark: string } | null = null;
}

export namespace Drafting {
  export interface IOptions {
    readonly api: IDraftsApi;
    readonly cellId: string;
    /** The document as it is now. */
    readonly document: () => { readonly path: string; readonly cells: readonly SourceCell[] };
    /** The values of the cell's saved examples. */
    readonly requests: () => readonly object[];
    /** The served notebook that gives its values; empty for none. */
    readonly servedId: () => string;
    /** The text of the cell as it is now; null where it is gone. */
    readonly source: () => string | null;
    /** Write the cell in one step if its text still is `before`; false where it is not. */
    readonly write: (
      before: string,
      source: string,
      metadata: Readonly<Record<string, unknown>>
    ) => boolean;
  }
}
