/**
 * Calls that take their time: each tells how far it is, and can be cancelled.
 */
import { UUID } from '@lumino/coreutils';
import type { IDisposable } from '@lumino/disposable';
import type { INeutrinoApi } from '../../api';
import { Observable } from '../../observable';
import type { Progress, ServedEvent } from '../../protocol';

/** Where a job stands. */
export type JobState = 'running' | 'cancelling' | 'done' | 'failed' | 'cancelled';

/** A job, without what it answers. */
export type AnyJob = Job<unknown>;

/** One call under way, or over. */
export class Job<T> extends Observable {
  constructor(
    readonly id: string,
    private readonly _cancel: (id: string) => Promise<void>
  ) {
    super();
  }

  get state(): JobState {
    return this._state;
  }

  get isOver(): boolean {
    return this._state !== 'running' && this._state !== 'cancelling';
  }

  /** How far it is; null until the server has told. */
  get progress(): Progress | null {
    return this._progress;
  }

  get result(): T | null {
    return this._result;
  }

  get failure(): Error | null {
    return this._failure;
  }

  /** Ask the server to end it. What is over already stays as it ended. */
  async cancel(): Promise<void> {
    if (this._state !== 'running') {
      return;
    }
    this._to('cancelling');
    try {
      await this._cancel(this.id);
    } catch {
      // The server knows it no more, and its answer is on the way; or it cannot be reached, and
      // the user may try again.
      if (!this.isOver) {
        this._to('running');
      }
    }
  }

  /** Take notice of the server's word; out of order it may come after the answer. */
  advance(progress: Progress): void {
    if (!this.isOver) {
      this._progress = progress;
      this._changed.emit();
    }
  }

  /** Wait for the answer. A failure is kept, not raised. */
  async follow(answer: Promise<T>): Promise<void> {
    try {
      this._result = await answer;
      // Also where it was to be cancelled: that came too late, and the work is done.
      this._to('done');
    } catch (error) {
      const isWanted = this._state === 'cancelling';
      this._failure = isWanted ? null : (error as Error);
      this._to(isWanted ? 'cancelled' : 'failed');
    }
  }

  private _to(state: JobState): void {
    this._state = state;
    this._changed.emit();
  }

  private _state: JobState = 'running';
  private _progress: Progress | null = null;
  private _result: T | null = null;
  private _failure: Error | null = null;
}

/** Gives every call an id and leads the server's progress to it. */
export class Jobs implements IDisposable {
  constructor(private readonly _options: Jobs.IOptions) {
    this._listening = _options.listen(event => this._onEvent(event));
  }

  get isDisposed(): boolean {
    return this._listening.isDisposed;
  }

  /** Begin a call; the promise is kept when the job is over. */
  start<T>(call: (id: string) => Promise<T>): { job: Job<T>; over: Promise<void> } {
    const id = (this._options.newId ?? UUID.uuid4)();
    const job = new Job<T>(id, each => this._options.api.cancelExport(each));
    this._running.set(id, job);
    const over = job.follow(call(id)).finally(() => this._running.delete(id));
    return { job, over };
  }

  dispose(): void {
    this._listening.dispose();
    this._running.clear();
  }

  private _onEvent(event: ServedEvent): void {
    if (event.progress) {
      this._running.get(event.id)?.advance(event.progress);
    }
  }

  private readonly _listening: IDisposable;
  private readonly _running = new Map<string, AnyJob>();
}

export namespace Jobs {
  export interface IOptions {
    readonly api: Pick<INeutrinoApi, 'cancelExport'>;
    readonly listen: (listener: (event: ServedEvent) => void) => IDisposable;
    readonly newId?: () => string;
  }
}
