/**
 * What the preview of one notebook remembers. It belongs to the notebook, and outlives a pane that
 * is hidden or closed.
 */
import type { INotebookModel } from '@jupyterlab/notebook';
import type { IStateDB } from '@jupyterlab/statedb';
import type { Token } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import { DisposableObservable } from '../../observable';
import type { Endpoint } from '../../protocol';
import type { NotebookContext } from '../document';
import type { NeutrinoModel } from '../model';
import type { IRow } from '../status';
import type { NotebookState } from '../notebook';
import type { Preferences } from '../preferences';
import { Answers } from './answers';
import { Examples } from './examples';
import type { Session } from './queue';
import { NotebookVariables } from './variables';

/** The notebook's document, and the place for what is the user's own. */
export interface ISessionServices {
  readonly document: Pick<INotebookModel, 'getMetadata' | 'setMetadata'>;
  readonly storage: IStateDB | null;
  /** What all answers of the page share. */
  readonly answers?: Answers;
  /** The notebook's own kernel, if that may be called. */
  readonly sessionContext?: Session;
  readonly preferences?: Pick<Preferences, 'values' | 'changed'>;
}

/**
 * Which endpoint is shown, and the parts that the views keep here. `changed` is emitted when
 * another endpoint is shown, and when following begins or ends.
 */
export class PreviewSession extends DisposableObservable {
  constructor(
    private readonly _state: NotebookState,
    /** What the parts stand on. */
    readonly services: ISessionServices
  ) {
    super();
    this.examples = new Examples(services.document, (endpoint, key) =>
      this._isFormer(endpoint, key)
    );
    this.variables = new NotebookVariables(services.document);
    _state.changed.connect(this._onStateChanged, this);
  }

  readonly examples: Examples;
  readonly variables: NotebookVariables;

  /** The key of the endpoint that is shown; empty before one is chosen. */
  get key(): string {
    return this._key;
  }

  /** The endpoint that is shown; null where the notebook does not declare it (any more). */
  get row(): IRow | null {
    return this._state.snapshot.rows.find(row => row.endpoint.key === this._key) ?? null;
  }

  /** Whether the endpoint of the selected cell is shown. */
  get isFollowing(): boolean {
    return this._isFollowing;
  }

  /** Send what the shown view has ready; null where there is nothing to send. */
  submit: (() => void) | null = null;

  /** Show an endpoint; without a key the first one, unless one is shown. */
  show(key = this._key || (this._state.snapshot.rows[0]?.endpoint.key ?? '')): void {
    if (key !== this._key) {
      this._key = key;
      this._place = this.row?.place ?? '';
      this._changed.emit();
    }
  }

  follow(isFollowing: boolean): void {
    if (isFollowing !== this._isFollowing) {
      this._isFollowing = isFollowing;
      this._changed.emit();
    }
  }

  /**
   * The part under a token, or that of an endpoint, made when it is first asked for and disposed with
   * the notebook.
   */
  part<T extends IDisposable>(token: Token<T>, make: () => T, endpoint = ''): T {
    const parts = this._parts.get(token) ?? new Map<string, IDisposable>();
    this._parts.set(token, parts);
    const known = parts.get(endpoint) as T | undefined;
    if (known) {
      return known;
    }
    const part = make();
    parts.set(endpoint, part);
    return part;
  }

  protected override release(): void {
    this._parts.forEach(parts => parts.forEach(part => part.dispose()));
    this._parts.clear();
  }

  /** Whether a key that its cell does not declare any more was that of an endpoint. */
  private _isFormer(endpoint: Endpoint, key: string): boolean {
    const { cell_id } = endpoint;
    const declared = this._state.snapshot.rows
      .filter(row => row.isDeclared && row.endpoint.cell_id === cell_id)
      .map(row => row.endpoint.key);
    const isOnly = declared.length === 1 && declared[0] === endpoint.key;
    const place = this._state.placeOf(endpoint);
    return (
      !declared.includes(key) && (isOnly || this._state.placeOf({ ...endpoint, key }) === place)
    );
  }

  /** An endpoint whose verb or path is edited stays in view, under its new key. */
  private _onStateChanged(): void {
    const { rows } = this._state.snapshot;
    if (!this._key && rows.length > 0) {
      this.show();
      return;
    }
    const own = rows.filter(row => row.place === this._place);
    const next = own.find(row => row.isDeclared);
    if (next && next.endpoint.key !== this._key) {
      this._key = next.endpoint.key;
      this._changed.emit();
    } else if (!this._place) {
      this._place = this.row?.place ?? '';
    }
  }

  /** By their tokens, then by the keys of endpoints. */
  private readonly _parts = new Map<Token<IDisposable>, Map<string, IDisposable>>();
  private _key = '';
  /** What the endpoint is known by while its declaration is edited. */
  private _place = '';
  private _isFollowing = false;
}

/** The sessions of the open notebooks, which are there also without a pane. */
export class PreviewSessions {
  constructor(
    private readonly _model: NeutrinoModel,
    private readonly _storage: IStateDB | null
  ) {}

  /** The session of a notebook, made when it is first asked for. */
  of(context: NotebookContext): PreviewSession {
    const state = this._model.state(context);
    const known = this.known(state);
    if (known) {
      return known;
    }
    const session = new PreviewSession(state, {
      document: context.model,
      storage: this._storage,
      answers: this._answers,
      sessionContext: context.sessionContext,
      preferences: this._model.preferences
    });
    this._sessions.set(state, session);
    context.disposed.connect(session.dispose, session);
    return session;
  }

  /** The session of a notebook whose preview was used. */
  known(state: NotebookState): PreviewSession | null {
    return this._sessions.get(state) ?? null;
  }

  private readonly _answers = new Answers();
  private readonly _sessions = new WeakMap<NotebookState, PreviewSession>();
}
