/**
 * The notebook's own kernel as the one that answers.
 */
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';
import type { INeutrinoApi } from '../../api';
import { DisposableObservable } from '../../observable';
import {
  ANSWER_TYPE,
  type Analysis,
  type Endpoint,
  type KernelAnswer,
  type KernelCall,
  type KernelStatus
} from '../../protocol';
import type { IStatus } from '../status';
import type { NotebookState } from '../notebook';
import { KernelQueue, type Session } from './queue';
import type { IOutgoing } from './request';
import type { IOpenApi } from './schema';
import { SendFailed, type ICalling, type IReply, type ITarget, type SendError } from './target';
import { asFormData } from './worker';

/** A request goes to the kernel in one message, whose size Jupyter limits. */
export const MOST_BYTES = 4 * 1024 * 1024;

const GONE = new Set(['dead', 'terminating']);

/**
 * Calls endpoints in a kernel. A call waits here until the kernel is free, and not in the kernel's
 * own queue: what is there cannot be taken back. `changed` is emitted when there is something new
 * to show.
 */
export class KernelTarget extends DisposableObservable implements ITarget {
  constructor(private readonly _options: KernelTarget.IOptions) {
    super();
    this._queue = new KernelQueue(_options.session);
    this._queue.changed.connect(this._onQueueChanged, this);
    _options.state.analysis.changed.connect(this._look, this);
    this._onQueueChanged();
  }

  readonly kind = 'kernel';

  /** Whether there is a Python kernel that answers. */
  get isThere(): boolean {
    return this._absence === null;
  }

  /** Whether it has run any cell, be it before a restart: until then it knows of no function. */
  get hasRun(): boolean {
    return this._hasRun;
  }

  watch(endpoint: Endpoint | null): void {
    this._watched = endpoint?.key ?? null;
    this._look();
  }

  get openApi(): IOpenApi | null {
    return (this._answer?.openapi as IOpenApi | null) ?? null;
  }

  status(endpoint: Endpoint): IStatus {
    const kernel = this._queue.kernel;
    if (!kernel || this._absence !== null) {
      return { kind: 'no-kernel', reason: { kind: 'kernel', status: this._absence ?? 'none' } };
    }
    if (kernel.connectionStatus !== 'connected' || /start|unknown/.test(kernel.status)) {
      return { kind: 'starting', reason: { kind: 'kernel', status: kernel.status } };
    }
    if (!this._isOurs && !this._queue.isFree) {
      return { kind: 'busy', reason: { kind: 'queue', count: this._queue.waiting } };
    }
    const lacking = this._answer?.lacking;
    if (lacking) {
      return { kind: 'no-kernel', reason: { kind: 'told', text: lacking.reason } };
    }
    return statusOf(this._answer?.statuses.find(each => each.key === endpoint.key));
  }

  async send(request: IOutgoing, { id, endpoint, signal }: ICalling): Promise<IReply> {
    const { method, target } = request;
    const call = { id, method, target, ...(await this._options.encode(request)) };
    const bytes = (call.body?.length ?? 0) * 0.75;
    if (bytes > MOST_BYTES) {
      throw new SendFailed({ kind: 'too-large', bytes, most: MOST_BYTES });
    }
    const kernel = await this._free(signal);
    const answer = await this._ask(kernel, endpoint.key, call, signal);
    this._learn({ ...answer, openapi: this._answer?.openapi ?? null });
    const error = sendErrorOf(answer, endpoint);
    if (error || !answer.response) {
      throw new SendFailed(error ?? { kind: 'interrupted' });
    }
    const { status, status_text, headers, body, size, duration_ms, call: note } = answer.response;
    const pieces = [bytesOf(body)];
    return {
      status,
      statusText: status_text,
      headers: headers.map(([name = '', value = '']) => [name, value] as const),
      read: async () => pieces.pop() ?? null,
      note: async () => note,
      whole: { durationMs: duration_ms, size }
    };
  }

  protected override release(): void {
    this._queue.dispose();
  }

  /** Why there is no Python kernel that answers; null where there is one. */
  private get _absence(): string | null {
    const kernel = this._queue.kernel;
    if (!kernel) {
      return 'none';
    }
    if (!this._isPython) {
      return 'not-python';
    }
    return GONE.has(kernel.status) ? kernel.status : null;
  }

  private _onQueueChanged(): void {
    const kernel = this._queue.kernel;
    if (kernel !== this._kernel) {
      this._kernel = kernel;
      this._isPython = false;
      this._answer = null;
      void this._learnLanguage(kernel);
    }
    this._look();
    this._changed.emit();
  }

  private async _learnLanguage(kernel: Kernel.IKernelConnection | null): Promise<void> {
    const spec = await kernel?.spec.catch(() => undefined);
    if (kernel && kernel === this._kernel && !this.isDisposed) {
      this._isPython = spec?.language.toLowerCase() === 'python';
      this._look();
      this._changed.emit();
    }
  }

  private _learn(answer: KernelAnswer): void {
    this._answer = answer;
    this._hasRun ||= answer.has_run;
  }

  /** Ask how what is watched stands, once for each state of document, namespace and pane. */
  private _look(): void {
    const kernel = this._queue.kernel;
    const key = this._watched;
    const { analysis } = this._options.state.analysis;
    const { generation } = this._queue;
    const isKnown =
      analysis === this._lookedAt && generation === this._lookedIn && key === this._lookedFor;
    const canAsk = kernel && this.isThere && this._queue.isFree && !this._isOurs;
    if (key === null || !analysis || isKnown || !canAsk) {
      return;
    }
    this._lookedAt = analysis;
    this._lookedIn = generation;
    this._lookedFor = key;
    void this._askStatus(kernel, key);
  }

  private async _askStatus(kernel: Kernel.IKernelConnection, key: string): Promise<void> {
    try {
      const answer = await this._ask(kernel, key, null, new AbortController().signal);
      if (kernel === this._kernel) {
        this._learn(answer);
      }
    } catch {
      // A call will say why.
    }
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  /** Wait until nobody else wants the kernel. */
  private _free(signal: AbortSignal): Promise<Kernel.IKernelConnection> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const kernel = this._queue.kernel;
        const absence = this._absence;
        if (absence === null && !signal.aborted && (!this._queue.isFree || this._isOurs)) {
          return;
        }
        this._changed.disconnect(look);
        signal.removeEventListener('abort', look);
        if (kernel && absence === null) {
          resolve(kernel);
        } else {
          reject(new SendFailed({ kind: 'kernel', status: absence ?? 'none' }));
        }
      };
      this._changed.connect(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  /** Let the kernel evaluate one question; an abort interrupts it, if it is what runs. */
  private async _ask(
    kernel: Kernel.IKernelConnection,
    key: string,
    call: KernelCall | null,
    signal: AbortSignal
  ): Promise<KernelAnswer> {
    this._isOurs = true;
    let isRunning = false;
    const interrupt = (): void => {
      if (isRunning) {
        void kernel.interrupt().catch(() => undefined);
      }
    };
    try {
      const { document } = this._options.state.analysis;
      const { expression } = await this._options.api.kernelCode({ ...document, key, call });
      if (signal.aborted) {
        throw new SendFailed({ kind: 'interrupted' });
      }
      const future = this._queue.execute(kernel, {
        code: '',
        silent: true,
        store_history: false,
        allow_stdin: false,
        stop_on_error: false,
        user_expressions: { answer: expression }
      });
      signal.addEventListener('abort', interrupt);
      future.onIOPub = message => {
        if (message.header.msg_type === 'status') {
          const { execution_state } = message.content as KernelMessage.IStatusMsg['content'];
          isRunning = execution_state === 'busy';
          if (signal.aborted) {
            interrupt();
          }
        }
      };
      const reply = await future.done.catch(() => null);
      return answerOf(reply, kernel);
    } finally {
      isRunning = false;
      signal.removeEventListener('abort', interrupt);
      this._isOurs = false;
      if (!this.isDisposed) {
        this._look();
        this._changed.emit();
      }
    }
  }

  private readonly _queue: KernelQueue;
  private _kernel: Kernel.IKernelConnection | null = null;
  private _isPython = false;
  private _hasRun = false;
  private _answer: KernelAnswer | null = null;
  private _lookedAt: Analysis | null = null;
  private _lookedIn = -1;
  private _lookedFor = '';
  private _watched: string | null = null;
  private _isOurs = false;
}

export namespace KernelTarget {
  export interface IOptions {
    readonly api: Pick<INeutrinoApi, 'kernelCode'>;
    readonly session: Session;
    readonly state: {
      readonly analysis: Pick<NotebookState['analysis'], 'analysis' | 'document'> & {
        readonly changed: ISignal<object, void>;
      };
    };
    /** The headers and the body of a request, as a kernel is told of them. */
    readonly encode: (request: IOutgoing) => Promise<Pick<KernelCall, 'headers' | 'body'>>;
  }
}

/** Headers and body as they travel; a form gets its boundary from the browser. */
export async function encoded(request: IOutgoing): Promise<Pick<KernelCall, 'headers' | 'body'>> {
  const { body, form } = request;
  const headers = request.headers.map(([name, value]) => [name, value]);
  if (!form) {
    return { headers, body: body === null ? '' : base64(new TextEncoder().encode(body)) };
  }
  const sent = new Response(asFormData(form));
  const type = sent.headers.get('content-type') ?? 'multipart/form-data';
  const bytes = new Uint8Array(await sent.arrayBuffer());
  return { headers: [...headers, ['content-type', type]], body: base64(bytes) };
}

function statusOf(status: KernelStatus | undefined): IStatus {
  if (!status) {
    return { kind: 'ready', reason: { kind: 'none' } };
  }
  const { state, need, holder } = status;
  switch (state) {
    case 'ready':
      return { kind: 'ready', reason: { kind: 'none' } };
    case 'edited':
      return { kind: 'not-run', reason: { kind: 'run-again', need } };
    case 'elsewhere':
      return { kind: 'undefined', reason: { kind: 'taken', need, holder } };
    case 'undefined':
      return { kind: 'undefined', reason: { kind: 'run-first', need } };
  }
}

function sendErrorOf(answer: KernelAnswer, endpoint: Endpoint): SendError | null {
  const { lacking, refused, response } = answer;
  if (lacking) {
    return { kind: 'lacking', ...lacking };
  }
  const status = answer.statuses.find(each => each.key === endpoint.key);
  if (status?.state === 'undefined') {
    return { kind: 'undefined', need: status.need };
  }
  if (status?.state === 'elsewhere') {
    return { kind: 'taken', need: status.need, holder: status.holder };
  }
  if (refused) {
    return { kind: 'told', text: refused };
  }
  return response?.is_interrupted && response.status === 0 ? { kind: 'interrupted' } : null;
}

function answerOf(
  reply: KernelMessage.IExecuteReplyMsg | null | undefined,
  kernel: Kernel.IKernelConnection
): KernelAnswer {
  const content = reply?.content;
  if (!content) {
    throw new SendFailed({ kind: 'kernel', status: kernel.status });
  }
  // Jupyter's type knows no 'abort', and kernels say it in either spelling.
  if (String(content.status).startsWith('abort')) {
    throw new SendFailed({ kind: 'dropped' });
  }
  if (content.status !== 'ok') {
    const { ename, evalue } = content as KernelMessage.IReplyErrorContent;
    throw new SendFailed({ kind: 'told', text: `${ename}: ${evalue}` });
  }
  const found = content.user_expressions.answer as unknown as
    | { readonly status: 'ok'; readonly data: Readonly<Record<string, unknown>> }
    | { readonly status: 'error'; readonly ename: string; readonly evalue: string };
  if (found.status === 'ok') {
    return found.data[ANSWER_TYPE] as KernelAnswer;
  }
  switch (found.ename) {
    case 'KeyboardInterrupt':
      throw new SendFailed({ kind: 'interrupted' });
    case 'FileNotFoundError':
    case 'PermissionError':
      throw new SendFailed({ kind: 'remote' });
  }
  throw new SendFailed({ kind: 'told', text: `${found.ename}: ${found.evalue}` });
}

function bytesOf(body: string): Uint8Array {
  return Uint8Array.from(atob(body), each => each.charCodeAt(0));
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) {
    text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  }
  return btoa(text);
}
