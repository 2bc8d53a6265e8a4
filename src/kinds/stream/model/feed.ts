/**
 * What the server reports of one stream, asked for again and again while somebody looks.
 */
import { Poll } from '@lumino/polling';
import type { INeutrinoApi } from '../../../api';
import { isUp, type NotebookState } from '../../../model';
import { DisposableObservable } from '../../../observable';
import type { ReplayedValue, StreamReport, StreamRequest } from '../../../protocol';
import { begin, extend, type ISeries } from './series';

const EVERY_MS = 500;
const MOST_MS = 10000;

/**
 * The newest report of a stream, and the points of all since somebody looked. `changed` is emitted
 * after every question.
 */
export class StreamFeed extends DisposableObservable {
  constructor(private readonly _options: StreamFeed.IOptions) {
    super();
    this._poll = new Poll({
      auto: false,
      factory: () => this._ask(),
      frequency: { interval: EVERY_MS, backoff: true, max: MOST_MS },
      name: 'neutrino-lab:stream',
      standby: () => !this._isWatched || document.hidden
    });
  }

  get report(): StreamReport | null {
    return this._report;
  }

  get series(): ISeries | null {
    return this._series;
  }

  /** The rows of the newest replay. */
  get replayed(): readonly ReplayedValue[] {
    return this._replayed;
  }

  /** Why what was wanted, or the newest question, came to nothing. */
  get failure(): string {
    return this._refusal || this._silence;
  }

  /** The parameters of the flow that is looked at; null for any. */
  get flow(): Readonly<Record<string, unknown>> | null {
    return this._flow;
  }

  set flow(flow: Readonly<Record<string, unknown>> | null) {
    this._flow = flow;
    this._series = null;
    this._replayed = [];
    void this._poll.refresh();
  }

  /** Ask for as long as somebody looks. */
  watch(isWatched: boolean): void {
    this._isWatched = isWatched;
    if (isWatched) {
      this._silence = '';
      void this._poll.start();
      void this._poll.refresh();
    } else {
      void this._poll.stop();
    }
  }

  /** Do something to the stream; true if it was done. */
  async act(request: Omit<StreamRequest, 'key'>): Promise<boolean> {
    const { served } = this._options.state.snapshot;
    if (!isUp(served)) {
      return false;
    }
    try {
      const parameters = this._report?.parameters ?? {};
      const answer = await this._options.api.actOnStream(served.id, {
        parameters,
        ...request,
        key: this._options.key
      });
      this._refusal = '';
      if (request.action === 'replay') {
        this._replayed = answer.rows;
      }
    } catch (error) {
      this._refusal = (error as Error).message;
    }
    const isDone = this._refusal === '';
    this._changed.emit();
    if (!this.isDisposed) {
      void this._poll.refresh();
    }
    return isDone;
  }

  protected override release(): void {
    this._poll.dispose();
  }

  private async _ask(): Promise<void> {
    const { api, key, state } = this._options;
    const { served } = state.snapshot;
    if (!isUp(served)) {
      return;
    }
    const flow = this._flow;
    const report = await api.stream(served.id, key, flow ?? {}).catch((error: unknown) => {
      this._silence = (error as Error).message;
      if (!this.isDisposed) {
        this._changed.emit();
      }
      // The poll asks less often after it.
      throw error;
    });
    this._silence = '';
    if (flow !== this._flow || this.isDisposed) {
      return;
    }
    const isSame = JSON.stringify(report.parameters) === JSON.stringify(this._report?.parameters);
    this._series = this._series && isSame ? extend(this._series, report) : begin(report);
    this._report = report;
    this._changed.emit();
  }

  private readonly _poll: Poll<void>;
  private _report: StreamReport | null = null;
  private _series: ISeries | null = null;
  private _replayed: readonly ReplayedValue[] = [];
  private _flow: Readonly<Record<string, unknown>> | null = null;
  /** Why what was wanted was not done, and why the newest question was not answered. */
  private _refusal = '';
  private _silence = '';
  private _isWatched = false;
}

export namespace StreamFeed {
  export interface IOptions {
    readonly state: Pick<NotebookState, 'snapshot'>;
    readonly api: Pick<INeutrinoApi, 'stream' | 'actOnStream'>;
    readonly key: string;
  }
}
