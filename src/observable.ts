/**
 * What tells of its changes: the base of the models, and of what they are made of.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';

/** Emits `changed`; the class says when. */
export abstract class Observable {
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What it is made of has changed, and so has this. */
  protected _onPartChanged(): void {
    this._changed.emit();
  }

  protected readonly _changed = new Signal<this, void>(this);
}

/** Emits `changed` until it is disposed. */
export abstract class DisposableObservable extends Observable implements IDisposable {
  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    this.release();
    Signal.clearData(this);
  }

  /** Give back what it holds; called once, before its own signals are cleared. */
  protected release(): void {}

  private _isDisposed = false;
}
