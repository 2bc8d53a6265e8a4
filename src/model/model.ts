/**
 * Everything the views share: the served notebooks, the open ones, and the one in front.
 */
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { DisposableSet, type IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { INeutrinoApi } from '../api';
import { DisposableObservable } from '../observable';
import type { Served } from '../protocol';
import { NotebookAnalysis } from './analysis';
import { CallLog } from './calls';
import type { NotebookContext } from './document';
import type { Exports } from './export';
import { NotebookState } from './notebook';
import { ownUrl, type Scheme } from './address';
import type { Preferences } from './preferences';
import type { ServedNotebooks } from './served';

/**
 * The model behind every plugin. `changed` is emitted when the notebook in front, or what is known
 * of it, changes.
 */
export class NeutrinoModel extends DisposableObservable {
  constructor(private readonly _options: NeutrinoModel.IOptions) {
    super();
    const { tracker, preferences } = _options;
    tracker.forEach(panel => this._adopt(panel.context));
    tracker.widgetAdded.connect(this._onWidgetAdded, this);
    tracker.currentChanged.connect(this._onCurrentChanged, this);
    preferences.changed.connect(this._onPreferencesChanged, this);
    this._onCurrentChanged();
  }

  get api(): INeutrinoApi {
    return this._options.api;
  }

  get served(): ServedNotebooks {
    return this._options.served;
  }

  get exports(): Exports {
    return this._options.exports;
  }

  get preferences(): Preferences {
    return this._options.preferences;
  }

  /** The address of a path below a served notebook, at the target that the user has set. */
  address(served: Served, path: string, scheme: Scheme = 'http'): string {
    const own = this.preferences.values.target === 'port' ? ownUrl(served, path, scheme) : '';
    return own || this.api.liveUrl(served, path, scheme);
  }

  /** What is known of the notebook in front, also while another kind of document is. */
  get current(): NotebookState | null {
    return this._current;
  }

  /** Emitted when another notebook comes to the front. */
  get currentChanged(): ISignal<this, void> {
    return this._currentChanged;
  }

  /** What is known of a document; two views of one notebook share it. */
  state(context: NotebookContext): NotebookState {
    return this._states.get(context) ?? this._adopt(context);
  }

  /** Who has called the notebook lately. */
  callsOf(state: NotebookState): CallLog | null {
    return this._calls.get(state) ?? null;
  }

  /** The state of the document that a shared notebook, an editor's ground, belongs to. */
  stateOf(shared: object): NotebookState | null {
    return this._byDocument.get(shared) ?? null;
  }

  /** The contents path as the server knows it, without the drive of a collaboration. */
  path(context: NotebookContext): string {
    return this._options.localPath(context.path);
  }

  /** Ask everything again: the server part has come or come back. True where it answers. */
  async reconnect(): Promise<boolean> {
    await this.served.refresh();
    if (this.served.connection === 'ready') {
      await Promise.all([...this._states.values()].map(state => state.analysis.retry()));
    }
    return this.served.connection !== 'lost';
  }

  /** Dispose this with the model. */
  own(part: IDisposable): void {
    this._parts.add(part);
  }

  protected override release(): void {
    this._states.forEach(state => state.dispose());
    this.exports.dispose();
    this._parts.dispose();
  }

  private _onWidgetAdded(_: INotebookTracker, { context }: NotebookPanel): void {
    this._adopt(context);
  }

  private _onCurrentChanged(): void {
    const panel = this._options.tracker.currentWidget;
    const next = panel ? this.state(panel.context) : null;
    if (next === this._current) {
      return;
    }
    this._current?.changed.disconnect(this._onPartChanged, this);
    this._current = next;
    next?.changed.connect(this._onPartChanged, this);
    this._currentChanged.emit();
    this._changed.emit();
  }

  private _onPreferencesChanged(): void {
    this._states.forEach(state => void state.analysis.refresh());
  }

  private _adopt(context: NotebookContext): NotebookState {
    const known = this._states.get(context);
    if (known) {
      return known;
    }
    const path = (): string => this.path(context);
    const analysis = new NotebookAnalysis({
      model: context.model,
      path,
      api: this.api,
      timezone: () => this.preferences.values.timeZone
    });
    const state = new NotebookState(analysis, this.served, path);
    this._states.set(context, state);
    const calls = new CallLog({ state, api: this.api });
    calls.changed.connect(() => {
      if (state === this._current) {
        this._changed.emit();
      }
    }, this);
    this._calls.set(state, calls);
    this._byDocument.set(context.model.sharedModel, state);
    this._follow(context, state);
    return state;
  }

  private _follow(context: NotebookContext, state: NotebookState): void {
    const { analysis } = state;
    let isSaving = false;
    const slots = {
      saved: (_: NotebookContext, phase: string): void => {
        isSaving = phase === 'started';
        if (isSaving) {
          analysis.beginSave();
        } else if (phase === 'failed') {
          analysis.abandonSave();
        } else {
          analysis.endSave();
        }
      },
      // Under real-time collaboration the server saves: only the file's change tells.
      written: (): void => {
        if (!isSaving) {
          analysis.endSave();
        }
      },
      moved: (): void => {
        state.update();
        void analysis.refresh();
      },
      closed: (): void => {
        this._states.delete(context);
        this._calls.get(state)?.dispose();
        this._calls.delete(state);
        state.dispose();
      }
    };
    context.saveState.connect(slots.saved);
    context.fileChanged.connect(slots.written);
    context.pathChanged.connect(slots.moved);
    context.disposed.connect(slots.closed);
    void context.ready.then(() => {
      if (!analysis.isDisposed) {
        analysis.endSave();
        void analysis.refresh();
      }
    });
  }

  private readonly _states = new Map<NotebookContext, NotebookState>();
  private readonly _calls = new Map<NotebookState, CallLog>();
  private readonly _byDocument = new WeakMap<object, NotebookState>();
  private readonly _parts = new DisposableSet();
  private readonly _currentChanged = new Signal<this, void>(this);
  private _current: NotebookState | null = null;
}

export namespace NeutrinoModel {
  export interface IOptions {
    readonly tracker: INotebookTracker;
    readonly api: INeutrinoApi;
    readonly served: ServedNotebooks;
    readonly exports: Exports;
    readonly preferences: Preferences;
    readonly localPath: (path: string) => string;
  }
}
