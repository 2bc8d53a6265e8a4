/**
 * The HTTP half of a preview: what is filled in for each endpoint, what was sent, what came back.
 */
import { Token, UUID } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { INeutrinoApi } from '../../api';
import { DisposableObservable } from '../../observable';
import type { Endpoint } from '../../protocol';
import type { NotebookState } from '../notebook';
import { Answers } from './answers';
import { Drafts } from './drafts';
import type { IExample } from './examples';
import { Exchange, type IAsked, type IOutcome, type IWire } from './exchange';
import { keepableCalls, readCalls } from './history';
import { outgoing, type Files, type IOutgoing } from './request';
import { fieldsOf, type IField } from './schema';
import { secretNames } from './secrets';
import type { PreviewSession } from './session';
import type { Language } from './snippets';
import { Targets } from './targets';
import { NO_DRAFT, reconciled, type IDraft, type IFilled } from './values';
import { baseOf, filled, type Variables } from './variables';

/** More calls than this are forgotten, the oldest first. */
const MOST_CALLS = 30;

const HTTP = new Token<HttpPreview>(
  'neutrino-lab:IHttpPreview',
  'What the preview of a notebook has filled in, sent and received.'
);

/** The HTTP half of a session, made when it is first wanted. */
export function httpOf(
  session: PreviewSession,
  state: NotebookState,
  api: HttpPreview.IOptions['api']
): HttpPreview {
  return session.part(HTTP, () => new HttpPreview({ api, session, state }));
}

/**
 * Fills in, sends, remembers. `changed` is emitted when values, calls, examples or what is known of
 * the fields change.
 */
export class HttpPreview extends DisposableObservable {
  constructor(private readonly _options: HttpPreview.IOptions) {
    super();
    const { api, session, state } = _options;
    const { services } = session;
    state.changed.connect(this._onStateChanged, this);
    this._path = state.snapshot.path;
    this._drafts = new Drafts(services.storage, this._path);
    this._answers = services.answers ?? new Answers();
    this.targets = new Targets({ api, services, state });
    this.targets.changed.connect(this._onPartChanged, this);
    session.variables.changed.connect(this._onPartChanged, this);
  }

  readonly targets: Targets;

  /** In which language a request was told last. */
  language: Language = 'bash';

  /**
   * Show an endpoint, until disposed: bring back what was kept of it, and keep its fields and how
   * it stands up to date.
   */
  watch(endpoint: Endpoint): IDisposable {
    void this._restore(endpoint);
    void this._restoreCalls(endpoint);
    return this.targets.watch(endpoint);
  }

  /** The calls of an endpoint, newest first; each with its answer, as far as it has arrived. */
  history(endpoint: Endpoint): readonly Exchange[] {
    const place = this._placeOf(endpoint);
    return this._calls.filter(each => each.asked.place === place);
  }

  /** The call that is shown: the newest of this visit, unless another was chosen. */
  shown(endpoint: Endpoint): Exchange | null {
    const all = this.history(endpoint);
    return all.find(each => each === this._chosen) ?? all.find(each => !each.isEarlier) ?? null;
  }

  choose(exchange: Exchange): void {
    this._chosen = exchange;
    this._changed.emit();
  }

  /** The fields of an endpoint, with the notebook's own models where the target tells them. */
  fields(endpoint: Endpoint): readonly IField[] {
    return fieldsOf(endpoint, this.targets.current.openApi);
  }

  /** What is filled in, for the fields as they are declared now. */
  draft(endpoint: Endpoint): IDraft {
    const known = this._drafts.get(this._placeOf(endpoint));
    const fields = this.fields(endpoint);
    const example = known ? null : this.examples(endpoint)[0];
    const draft = reconciled(known ?? NO_DRAFT, fields);
    return example ? { ...draft, values: example.values, text: example.text ?? null } : draft;
  }

  /** What is chosen for the file fields, which no browser lets us keep over a reload. */
  files(endpoint: Endpoint): Files {
    return this._files.get(this._placeOf(endpoint)) ?? new Map<string, readonly File[]>();
  }

  /** Fill in; kept for the next visit a moment later. */
  update(endpoint: Endpoint, draft: IDraft): void {
    const names = secretNames(this.fields(endpoint));
    this._drafts.set(this._placeOf(endpoint), draft, names);
    this._changed.emit();
  }

  attach(endpoint: Endpoint, id: string, files: readonly File[]): void {
    const place = this._placeOf(endpoint);
    this._files.set(place, new Map(this.files(endpoint)).set(id, files));
    this._changed.emit();
  }

  /** Whether an endpoint is called whenever its values change: one that only reads, where asked for. */
  sendsOnChange(endpoint: Endpoint): boolean {
    return endpoint.badge === 'GET' && this._live.has(this._placeOf(endpoint));
  }

  /** Begin or end calling an endpoint whenever its values change. */
  toggleSendOnChange(endpoint: Endpoint): void {
    const place = this._placeOf(endpoint);
    if (!this._live.delete(place)) {
      this._live.add(place);
    }
    this._changed.emit();
  }

  /** Fill in an example or an earlier call or, without one, the first values. */
  fill(endpoint: Endpoint, filled: Partial<IFilled> | null): void {
    const begun = reconciled(NO_DRAFT, this.fields(endpoint));
    const { values = begun.values, text = null } = filled ?? {};
    this.update(endpoint, { ...begun, values, text });
  }

  /** Fill in what an earlier call was sent with, its files too. */
  refill(endpoint: Endpoint, { asked }: Exchange): void {
    this._files.set(this._placeOf(endpoint), asked.files);
    this.fill(endpoint, asked);
  }

  /** The call that has not ended. */
  underWay(endpoint: Endpoint): Exchange | null {
    return this.history(endpoint).find(each => !each.isOver) ?? null;
  }

  /** Whether a call waits for the notebook to be served. */
  get isServing(): boolean {
    return this._isServing;
  }

  /**
   * Send what is filled in, by way of `serve` where nothing would answer; null where the notebook
   * does not come up, and where a call is under way.
   */
  async submit(endpoint: Endpoint, serve: () => Promise<unknown>): Promise<Exchange | null> {
    if (this._isServing || this.underWay(endpoint)) {
      return null;
    }
    if (this.targets.needsServing) {
      this._setServing(true);
      const served = await this._options.state
        .ensureUp(serve)
        .finally(() => this._setServing(false));
      if (!served) {
        return null;
      }
    }
    return this.send(endpoint);
  }

  /** Send what is filled in to the target. */
  async send(endpoint: Endpoint): Promise<Exchange> {
    const request = this.request(endpoint);
    const { values, text } = this.draft(endpoint);
    const place = this._placeOf(endpoint);
    const exchange = this._exchange({ endpoint, place, values, text, files: this.files(endpoint) });
    this._keep([exchange, ...this._calls]);
    this._chosen = null;
    exchange.changed.connect(this._onPartChanged, this);
    this._changed.emit();
    await exchange.run(this.targets.current, request);
    void this._saveCalls(place);
    return exchange;
  }

  private _exchange(asked: IAsked, earlier: IOutcome | null = null): Exchange {
    const wire = {
      now: () => performance.now(),
      id: () => UUID.uuid4(),
      answers: this._answers,
      ...this._options.wire
    };
    return new Exchange(asked, wire, earlier);
  }

  private _keep(calls: readonly Exchange[]): void {
    calls.slice(MOST_CALLS).forEach(each => each.dispose());
    this._calls = calls.slice(0, MOST_CALLS);
  }

  /** The request as it would be sent now. */
  request(endpoint: Endpoint, variables = this.variables): IOutgoing {
    const files = this.files(endpoint);
    return outgoing(endpoint, this.fields(endpoint), this.filled(endpoint, variables), files);
  }

  /** What is filled in, with the values of variables. */
  filled(endpoint: Endpoint, variables = this.variables): IDraft {
    return filled(this.draft(endpoint), variables);
  }

  /** What `{{name}}` stands for: the address of the served notebook, and the notebook's own. */
  get variables(): Variables {
    const { session, state, api } = this._options;
    return { ...baseOf(api, state.snapshot.served), ...session.variables.all };
  }

  /** The named examples of an endpoint in the notebook. */
  examples(endpoint: Endpoint): readonly IExample[] {
    return this._options.session.examples.of(endpoint);
  }

  /** Keep what is filled in as a named example in the notebook, secrets by name. */
  saveExample(endpoint: Endpoint, name: string): void {
    this._options.session.examples.save(
      endpoint,
      name,
      this.draft(endpoint),
      secretNames(this.fields(endpoint))
    );
    this._changed.emit();
  }

  /** Keep what an example expects of its answer; null for nothing. */
  expect(endpoint: Endpoint, name: string, expected: IExample['expect'] | null): void {
    this._options.session.examples.expect(endpoint, name, expected ?? null);
    this._changed.emit();
  }

  /** Send an example, and tell what is not as it expects; empty where all is. */
  async check(endpoint: Endpoint, example: IExample): Promise<IVerdict> {
    const { values, text = null, expect = null } = example;
    const files: Files = new Map();
    const place = this._placeOf(endpoint);
    const exchange = this._exchange({ endpoint, place, values, text, files });
    const draft = filled({ ...NO_DRAFT, values, text }, this.variables);
    const request = outgoing(endpoint, this.fields(endpoint), draft, files);
    await exchange.run(this.targets.current, request);
    const { status, durationMs, text: answer } = exchange;
    exchange.dispose();
    const { error } = status
      ? await this._options.api.judge({ expect, status, text: answer })
      : { error: '' };
    return { endpoint, example, status, durationMs, error };
  }

  /** Delete one, and give what undoes it. */
  deleteExample(endpoint: Endpoint, name: string): () => void {
    const restore = this._options.session.examples.delete(endpoint, name);
    this._changed.emit();
    return () => {
      restore();
      this._changed.emit();
    };
  }

  protected override release(): void {
    this._calls.forEach(each => each.dispose());
    this.targets.dispose();
    this._drafts.dispose();
  }

  /** What is kept of a notebook goes with it to its new name. */
  private _onStateChanged(): void {
    const { path } = this._options.state.snapshot;
    if (path !== this._path) {
      const { storage } = this._options.session.services;
      this._drafts.rename(path);
      const places = this._calls.map(each => each.asked.place);
      for (const place of [...this._known, ...places]) {
        void storage?.remove(callsKeyOf(this._path, place));
      }
      this._path = path;
      new Set(places).forEach(place => void this._saveCalls(place));
    }
  }

  private _setServing(isServing: boolean): void {
    this._isServing = isServing;
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  private async _restore(endpoint: Endpoint): Promise<void> {
    if (await this._drafts.restore(this._placeOf(endpoint))) {
      this._changed.emit();
    }
  }

  private async _restoreCalls(endpoint: Endpoint): Promise<void> {
    const place = this._placeOf(endpoint);
    if (this._known.has(place)) {
      return;
    }
    this._known.add(place);
    const { storage } = this._options.session.services;
    const kept = readCalls(await storage?.fetch(callsKeyOf(this._path, place)));
    if (!this.isDisposed && kept.length > 0) {
      const files: Files = new Map();
      const earlier = kept.map(({ asked, outcome }) =>
        this._exchange({ endpoint, place, files, ...asked }, outcome)
      );
      this._keep([...this._calls, ...earlier]);
      this._changed.emit();
    }
  }

  private async _saveCalls(place: string): Promise<void> {
    const { storage } = this._options.session.services;
    const own = this._calls.filter(each => each.asked.place === place);
    const names = own[0] && secretNames(this.fields(own[0].asked.endpoint));
    await storage?.save(callsKeyOf(this._path, place), keepableCalls(own, names));
  }

  /** What everything of an endpoint is found by. */
  private _placeOf(endpoint: Endpoint): string {
    return this._options.state.placeOf(endpoint);
  }

  private readonly _drafts: Drafts;
  private readonly _answers: Answers;
  private readonly _files = new Map<string, Files>();
  /** The places that are called whenever their values change. */
  private readonly _live = new Set<string>();
  /** The places whose earlier calls were asked for. */
  private readonly _known = new Set<string>();
  private _path: string;
  private _calls: readonly Exchange[] = [];
  private _chosen: Exchange | null = null;
  private _isServing = false;
}

/** What came of an example; `status` is 0 where there was no answer. */
export interface IVerdict {
  readonly endpoint: Endpoint;
  readonly example: IExample;
  readonly status: number;
  readonly durationMs: number;
  readonly error: string;
}

/** Where the calls of an endpoint are kept. */
function callsKeyOf(path: string, place: string): string {
  return `neutrino-lab:calls:${path}:${place}`;
}

export namespace HttpPreview {
  export interface IOptions {
    readonly api: Pick<INeutrinoApi, 'callLive' | 'journal' | 'judge' | 'kernelCode' | 'liveUrl'>;
    readonly session: PreviewSession;
    readonly state: NotebookState;
    /** Another clock, other ids: for tests. */
    readonly wire?: Partial<IWire>;
  }
}
