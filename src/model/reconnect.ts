/**
 * Finds a lost server again; nothing is asked while the server is there.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;

/** Asks after the connection has failed, ever more seldom, until there is an answer. */
export class Reconnection implements IDisposable {
  constructor(private readonly _options: Reconnection.IOptions) {
    _options.failed.connect(this._onFailed, this);
    window.addEventListener('offline', this._onOffline);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.clearTimeout(this._timer ?? undefined);
    window.removeEventListener('offline', this._onOffline);
    Signal.clearData(this);
  }

  /** The browser knows at once. */
  private readonly _onOffline = (): void => {
    window.clearTimeout(this._timer ?? undefined);
    this._askIn(0);
  };

  private _onFailed(): void {
    if (this._timer === null) {
      this._askIn(FIRST_PAUSE_MS);
    }
  }

  private _askIn(pauseMs: number): void {
    this._timer = window.setTimeout(() => void this._ask(pauseMs), pauseMs);
  }

  private async _ask(pauseMs: number): Promise<void> {
    // A page that nobody looks at can wait.
    const isBack = !document.hidden && (await this._options.ask());
    this._timer = null;
    if (!isBack && !this._isDisposed) {
      this._askIn(Math.min(pauseMs * 2, LONGEST_PAUSE_MS));
    }
  }

  private _timer: number | null = null;
  private _isDisposed = false;
}

export namespace Reconnection {
  export interface IOptions {
    /** Emitted when the connection fails. */
    readonly failed: ISignal<object, unknown>;
    /** Ask; true where the server answered. */
    readonly ask: () => Promise<boolean>;
  }
}
