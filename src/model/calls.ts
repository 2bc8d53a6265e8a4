/**
 * Who has called a served notebook lately, and which failures nobody has looked at yet.
 */
import type { INeutrinoApi } from '../api';
import { DisposableObservable } from '../observable';
import type { Call, CallRequest, Failure, Run } from '../protocol';
import { JournalFeed } from './journal';
import type { NotebookState } from './notebook';

/** One call or run, as the log lists it. */
export interface ILogged {
  /** What it is told from the others by. */
  readonly id: string;
  /** The endpoint or schedule. */
  readonly key: string;
  /** Epoch seconds. */
  readonly started: number;
  readonly durationMs: number;
  /** An HTTP status, or the outcome of a run. */
  readonly outcome: number | Run['outcome'];
  readonly caller: 'preview' | 'outside' | 'schedule';
  readonly isFailed: boolean;
  /** What was sent, and from where; null for a run. */
  readonly request: CallRequest | null;
  /** Fields of the result that its declaration dropped. */
  readonly undeclared: readonly string[];
  readonly output: string;
  readonly failure: Failure | null;
}

/**
 * The newest calls and runs of one notebook, of whichever caller. `changed` is emitted when there
 * are new entries, and when failures were looked at.
 */
export class CallLog extends DisposableObservable {
  constructor(private readonly _options: CallLog.IOptions) {
    super();
    const { state, api } = _options;
    this._feed = new JournalFeed({ state, api, key: '', fingerprint: () => this._fingerprint() });
    this._feed.changed.connect(this._onFeedChanged, this);
    this._feed.watch();
  }

  /** Newest first. */
  get entries(): readonly ILogged[] {
    return this._entries;
  }

  /** The failures that nobody has looked at; those of the preview are in view there. */
  get unseen(): readonly ILogged[] {
    return this._entries.filter(
      each => each.isFailed && each.caller !== 'preview' && !this._seen.has(each.id)
    );
  }

  /** Follow every call until the result is disposed, and not only those that fail. */
  watch(): () => void {
    this._watchers += 1;
    void this._feed.refresh();
    return () => {
      this._watchers -= 1;
    };
  }

  /** Somebody has looked at these. */
  look(entries: readonly ILogged[]): void {
    entries.forEach(each => this._seen.add(each.id));
    this._changed.emit();
  }

  protected override release(): void {
    this._feed.dispose();
  }

  /** What has to change before it is worth asking. */
  private _fingerprint(): string {
    const all = this._options.state.allStats;
    return JSON.stringify(
      this._watchers > 0 ? all : all.map(({ key, errors, last_run }) => [key, errors, last_run])
    );
  }

  private _onFeedChanged(): void {
    const { calls = [], runs = [] } = this._feed.journal ?? {};
    this._entries = [...calls.map(ofCall), ...runs.map(ofRun)].sort(
      (a, b) => b.started - a.started
    );
    this._changed.emit();
  }

  private readonly _feed: JournalFeed;
  private readonly _seen = new Set<string>();
  private _entries: readonly ILogged[] = [];
  private _watchers = 0;
}

export namespace CallLog {
  export interface IOptions {
    readonly state: JournalFeed.IOptions['state'] & Pick<NotebookState, 'allStats'>;
    readonly api: Pick<INeutrinoApi, 'journal'>;
  }
}

function ofCall(call: Call): ILogged {
  const { id, key, started, duration_ms, status, request, undeclared, output, failure } = call;
  return {
    id: `${key} ${started} ${id}`,
    key,
    started,
    durationMs: duration_ms,
    outcome: status,
    caller: id ? 'preview' : 'outside',
    isFailed: failure !== null || status >= 500,
    request,
    undeclared,
    output,
    failure
  };
}

function ofRun(run: Run): ILogged {
  const { key, started, duration_ms, outcome, output, failure } = run;
  return {
    id: `${key} ${run.due} ${started}`,
    key,
    started: started || run.due,
    durationMs: duration_ms,
    outcome,
    caller: 'schedule',
    isFailed: outcome === 'failed',
    request: null,
    undeclared: [],
    output,
    failure
  };
}
