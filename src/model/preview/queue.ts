/**
 * What a notebook's kernel is doing for others than us, as far as this page sees it.
 */
import type { ISessionContext } from '@jupyterlab/apputils';
import type { Kernel, KernelMessage } from '@jupyterlab/services';
import { DisposableObservable } from '../../observable';

/** What is followed of a notebook's session. */
export type Session = Pick<ISessionContext, 'session' | 'kernelChanged' | 'statusChanged'>;

/** A status in which what was queued is lost. */
const ENDINGS = new Set(['restarting', 'autorestarting', 'terminating', 'dead']);

/**
 * Follows one kernel after the other. `changed` is emitted when the kernel, its status or what
 * waits for it changes.
 */
export class KernelQueue extends DisposableObservable {
  constructor(private readonly _session: Session) {
    super();
    _session.kernelChanged.connect(this._onKernelChanged, this);
    _session.statusChanged.connect(this._onStatusChanged, this);
    this._onKernelChanged();
  }

  get kernel(): Kernel.IKernelConnection | null {
    return this._session.session?.kernel ?? null;
  }

  /** How many executions of others wait or run. */
  get waiting(): number {
    return this._waiting.size;
  }

  /** Whether the kernel would begin at once. */
  get isFree(): boolean {
    return this.kernel?.status === 'idle' && this.waiting === 0;
  }

  /** Grows whenever somebody has run something: what is known of the namespace is old then. */
  get generation(): number {
    return this._generation;
  }

  /** Have the kernel execute what is ours, which does not count as others' work. */
  execute(
    kernel: Kernel.IKernelConnection,
    content: KernelMessage.IExecuteRequestMsg['content']
  ): ReturnType<Kernel.IKernelConnection['requestExecute']> {
    this._isOurs = true;
    try {
      return kernel.requestExecute(content);
    } finally {
      this._isOurs = false;
    }
  }

  protected override release(): void {
    this._followed?.anyMessage.disconnect(this._onMessage, this);
  }

  private _onKernelChanged(): void {
    this._followed?.anyMessage.disconnect(this._onMessage, this);
    this._followed = this.kernel;
    this._followed?.anyMessage.connect(this._onMessage, this);
    this._forget();
  }

  private _onStatusChanged(_: unknown, status: string): void {
    if (ENDINGS.has(status)) {
      this._forget();
    } else {
      this._changed.emit();
    }
  }

  private _forget(): void {
    this._waiting.clear();
    this._generation += 1;
    this._changed.emit();
  }

  private _onMessage(_: unknown, { msg, direction }: Kernel.IAnyMessageArgs): void {
    const kind = msg.header.msg_type;
    if (direction === 'send') {
      if (kind === 'execute_request' && !this._isOurs) {
        this._waiting.add(msg.header.msg_id);
        this._changed.emit();
      }
      return;
    }
    // Ours are silent, and have none of these.
    if (kind === 'execute_input') {
      this._generation += 1;
    }
    const parent = (msg.parent_header as Partial<KernelMessage.IHeader>).msg_id ?? '';
    if (kind === 'execute_reply' && this._waiting.delete(parent)) {
      this._changed.emit();
    }
  }

  private readonly _waiting = new Set<string>();
  private _followed: Kernel.IKernelConnection | null = null;
  private _generation = 0;
  private _isOurs = false;
}
