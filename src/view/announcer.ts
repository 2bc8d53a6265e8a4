/**
 * What a screen reader is told: the newest message, politely, at most one in a while.
 */
import type { IDisposable } from '@lumino/disposable';

const PAUSE_MS = 3000;

/** A live region for the whole page. */
export class Announcer implements IDisposable {
  constructor(host: HTMLElement, pauseMs = PAUSE_MS) {
    this._pauseMs = pauseMs;
    this._node = document.createElement('div');
    this._node.className = 'nl-Announcer';
    this._node.setAttribute('role', 'status');
    this._node.setAttribute('aria-live', 'polite');
    host.append(this._node);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Say it now, or after the pause; only the newest of those that wait is said. */
  say(message: string): void {
    this._waiting = message;
    if (this._timer === null) {
      this._speak();
    }
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    if (this._timer !== null) {
      window.clearTimeout(this._timer);
    }
    this._node.remove();
  }

  private _speak(): void {
    this._timer = null;
    if (this._waiting === null) {
      return;
    }
    // What is said once more is news as well; a text that stays the same is not read out.
    const isSame = this._node.textContent === this._waiting;
    this._node.textContent = isSame ? `${this._waiting}\u00a0` : this._waiting;
    this._waiting = null;
    this._timer = window.setTimeout(() => this._speak(), this._pauseMs);
  }

  private readonly _node: HTMLElement;
  private readonly _pauseMs: number;
  private _timer: number | null = null;
  private _waiting: string | null = null;
  private _isDisposed = false;
}
