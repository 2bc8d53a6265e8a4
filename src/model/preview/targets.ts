/**
 * What can answer the calls of a preview, and which of it does.
 */
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import type { INeutrinoApi } from '../../api';
import { DisposableObservable } from '../../observable';
import type { Endpoint, Served } from '../../protocol';
import type { NotebookState } from '../notebook';
import { isUp, type IStatus } from '../status';
import { KernelTarget, encoded } from './kernel';
import type { IOutgoing } from './request';
import type { ISessionServices } from './session';
import type { ITarget, PreviewTarget, TargetKind } from './target';
import { WorkerTarget } from './worker';

/**
 * The served notebook and, where there is one, its own kernel. `changed` is emitted when another
 * one answers, and when one has something new to tell.
 */
export class Targets extends DisposableObservable {
  constructor(private readonly _options: Targets.IOptions) {
    super();
    const { api, state } = _options;
    const { preferences, sessionContext } = _options.services;
    this._worker = new WorkerTarget(api, state);
    this._worker.changed.connect(this._onPartChanged, this);
    this._kernel = sessionContext
      ? new KernelTarget({ api, session: sessionContext, state, encode: encoded })
      : null;
    this._kernel?.changed.connect(this._onPartChanged, this);
    state.changed.connect(this._ask, this);
    preferences?.changed.connect(this._onChosen, this);
  }

  /** What answers: what the user has chosen or, without that, what there is. */
  get current(): ITarget {
    const wish = this._wish;
    const isKernels = wish === 'kernel' || (wish === 'auto' && this._kernel?.hasRun);
    return isKernels && this._kernel ? this._kernel : this._worker;
  }

  /** Which there are to choose from. */
  get kinds(): readonly TargetKind[] {
    return this._kernel ? ['worker', 'kernel'] : ['worker'];
  }

  choose(kind: TargetKind): void {
    this._kind = kind;
    this._onChosen();
  }

  /** Whether nothing would answer before the notebook is served. */
  get needsServing(): boolean {
    return this.current.kind === 'worker' && !isUp(this._options.state.snapshot.served);
  }

  /** How the current one stands; `served` is how the served notebook does. */
  status(endpoint: Endpoint, served: IStatus): IStatus {
    return this.current.status(endpoint, served);
  }

  /** The absolute address of a request, which holds a query already. */
  url(served: Served, request: IOutgoing): string {
    return this._worker.url(served, request);
  }

  /** Keep up to date what is known of an endpoint, until disposed. Without it nothing is asked. */
  watch(endpoint: Endpoint): IDisposable {
    const watched = [endpoint] as const;
    this._watched = [...this._watched, watched];
    this._ask();
    return new DisposableDelegate(() => {
      this._watched = this._watched.filter(each => each !== watched);
      this._ask();
    });
  }

  protected override release(): void {
    this._worker.dispose();
    this._kernel?.dispose();
  }

  /** Which one is wanted; 'auto' where that is the kernel if it has run anything. */
  private get _wish(): PreviewTarget {
    const { served } = this._options.state.snapshot;
    const kind = this._kind ?? this._options.services.preferences?.values.previewTarget ?? 'auto';
    const isServed = served !== null && served.state !== 'stopped';
    return kind === 'auto' && isServed ? 'worker' : kind;
  }

  /** A kernel is asked nothing where it would not answer a call. */
  private _ask(): void {
    const [endpoint = null] = this._watched[this._watched.length - 1] ?? [];
    this._worker.watch(endpoint);
    this._kernel?.watch(this._wish === 'worker' ? null : endpoint);
  }

  private _onChosen(): void {
    this._ask();
    this._changed.emit();
  }

  private readonly _worker: WorkerTarget;
  private readonly _kernel: KernelTarget | null;
  private _kind: TargetKind | null = null;
  /** What is shown, once for each view that shows it. */
  private _watched: readonly (readonly [Endpoint])[] = [];
}

export namespace Targets {
  export interface IOptions {
    readonly api: Pick<INeutrinoApi, 'callLive' | 'journal' | 'kernelCode' | 'liveUrl'>;
    readonly services: Pick<ISessionServices, 'preferences' | 'sessionContext'>;
    readonly state: NotebookState;
  }
}
