/**
 * One cell of an artifact: its code, what it shows, and how it stands. It is fed by the events of an
 * execution, be they those of a chat, of a session or of a run of its own.
 */
import { CodeCellModel } from '@jupyterlab/cells';
import type { IError, IOutput } from '@jupyterlab/nbformat';
import { DisposableObservable } from '../observable';

/** `draft`: not run yet. `asking`: a person has to decide. */
export type CellState = 'draft' | 'asking' | 'running' | 'finished';

/** The data of an event, as it came. */
export type EventData = Readonly<Record<string, unknown>>;

/** What runs untrusted only as text, or with its scripts taken away. */
const RICH = /^(text\/html|image\/svg\+xml|application\/javascript|text\/javascript)$/;

/**
 * A cell, for its views. `changed` is emitted when it stands otherwise; the model tells of its own
 * changes.
 */
export class ArtifactCell extends DisposableObservable {
  constructor(code: string, state: CellState = 'draft') {
    super();
    this.model = new CodeCellModel();
    this.model.mimeType = 'text/x-ipython';
    this.model.sharedModel.setSource(code);
    // What a model's code shows is not trusted until somebody says so.
    this.model.trusted = false;
    this._state = state;
  }

  /** JupyterLab's own: source, outputs and the number in the prompt. */
  readonly model: CodeCellModel;
  /** The execution that it shows; empty where that is not known. */
  executionId = '';

  get code(): string {
    return this.model.sharedModel.getSource();
  }

  get state(): CellState {
    return this._state;
  }

  /** How its last run ended; empty before. */
  get status(): string {
    return this._status;
  }

  /** What is said of it beside its outputs, such as why it was not run. */
  get note(): string {
    return this._note;
  }

  /** When it began, on this browser's clock; null while it does not run. */
  get beganMs(): number | null {
    return this._beganMs;
  }

  /** How long it may run; null where that is not known. */
  get limitMs(): number | null {
    return this._limitMs;
  }

  get durationMs(): number | null {
    return this._durationMs;
  }

  /** Whether the session's variables were lost with it, or before it. */
  get isStateLost(): boolean {
    return this._isStateLost;
  }

  /** What it waits for while it runs: `starting` for a kernel, `queued` for what runs before it. */
  get phase(): string {
    return this._phase;
  }

  /** Whether it reads otherwise than what was run. */
  get isEdited(): boolean {
    return this._ran !== null && this.code !== this._ran;
  }

  /** Whether it shows something of which a part is held back while it is not trusted. */
  get isHeldBack(): boolean {
    const { outputs, trusted } = this.model;
    if (trusted) {
      return false;
    }
    for (let index = 0; index < outputs.length; index += 1) {
      if (Object.keys(outputs.get(index).data).some(type => RICH.test(type))) {
        return true;
      }
    }
    return false;
  }

  /** Let all that it shows now be shown as its code wants it. */
  trust(): void {
    this.model.trusted = true;
    this._changed.emit();
  }

  /** Wait for a person, with this code. */
  ask(code: string): void {
    this.model.sharedModel.setSource(code);
    this._enter('asking');
  }

  /** Take what it shows away, and run. */
  begin(nowMs: number, code = this.code): void {
    if (code !== this.code) {
      this.model.sharedModel.setSource(code);
    }
    this._ran = code;
    this.model.outputs.clear();
    // Nobody has looked yet at what comes now.
    this.model.trusted = false;
    this.model.executionCount = null;
    this.model.executionState = 'running';
    this._beganMs = nowMs;
    this._durationMs = this._limitMs = null;
    this._isStateLost = false;
    this._status = this._note = this.executionId = this._phase = '';
    this._enter('running');
  }

  /** Take an event of its execution. What is of no kind that is known is passed over. */
  take(kind: string, data: EventData): void {
    if (kind === 'output') {
      this._show(data);
    } else if (kind === 'started') {
      this.executionId = stringOf(data.execution_id);
    } else if (kind === 'progress') {
      this._limitMs = numberOf(data.limit_ms);
      this._phase = stringOf(data.phase);
      this._changed.emit();
    } else if (kind === 'finished' || kind === 'tool_result') {
      this.finish(data);
    } else if (kind === 'failed') {
      this.stop('failed', stringOf(data.message));
    }
  }

  /** Take a result; outputs that it has and that were not told are shown. */
  finish(result: EventData): void {
    const outputs = Array.isArray(result.outputs) ? (result.outputs as IOutput[]) : [];
    if (this.model.outputs.length === 0) {
      outputs.forEach(output => this._add(output));
    }
    const error = errorOf(result.error);
    if (error && !this._hasError) {
      this._add(error);
    }
    this.executionId = stringOf(result.execution_id) || this.executionId;
    this._durationMs = numberOf(result.duration_ms);
    this._isStateLost = result.state_lost === true;
    this.model.executionCount = numberOf(result.execution_count);
    const isUntold = result.status === undefined;
    const isWell = result.status === 'ok' || result.status === 'error';
    this.stop(
      isUntold ? 'refused' : stringOf(result.status),
      isWell || (error && !isUntold) ? '' : stringOf(result.text)
    );
  }

  /** Say that it has ended, and what is to be said of that. */
  stop(status: string, note = ''): void {
    this._status = status;
    this._note = note;
    this._beganMs = null;
    this.model.executionState = 'idle';
    this._enter('finished');
  }

  protected override release(): void {
    this.model.dispose();
  }

  private get _hasError(): boolean {
    const { outputs } = this.model;
    return outputs.length > 0 && outputs.get(outputs.length - 1).type === 'error';
  }

  private _show(data: EventData): void {
    const { outputs } = this.model;
    if (data.clear === true) {
      outputs.clear();
      return;
    }
    const index = numberOf(data.index) ?? outputs.length;
    if (data.replace === true && index < outputs.length) {
      outputs.set(index, data.output as IOutput);
    } else {
      this._add(data.output);
    }
  }

  private _add(output: unknown): void {
    // A kernel may say anything: what is no output is not shown, and takes nothing else with it.
    if (isOutput(output)) {
      this.model.outputs.add(output);
    }
  }

  private _enter(state: CellState): void {
    this._state = state;
    this._changed.emit();
  }

  private _state: CellState;
  private _status = '';
  private _note = '';
  private _phase = '';
  private _ran: string | null = null;
  private _beganMs: number | null = null;
  private _limitMs: number | null = null;
  private _durationMs: number | null = null;
  private _isStateLost = false;
}

/** What the service says of an exception, as an output. */
function errorOf(error: unknown): IError | null {
  const { name, message, traceback } = (error ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string') {
    return null;
  }
  return {
    output_type: 'error',
    ename: name,
    evalue: stringOf(message),
    traceback: Array.isArray(traceback) ? traceback.map(String) : []
  };
}

function isOutput(output: unknown): output is IOutput {
  const told = (output ?? {}) as Record<string, unknown>;
  switch (told.output_type) {
    case 'stream':
      return typeof told.text === 'string' && typeof told.name === 'string';
    case 'error':
      return Array.isArray(told.traceback);
    case 'display_data':
    case 'execute_result':
      return typeof told.data === 'object' && told.data !== null;
    default:
      return false;
  }
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
