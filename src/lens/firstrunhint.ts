/**
 * What is told once, when the first endpoint is live, and never again.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import { Signal, type ISignal } from '@lumino/signaling';

const KEY = 'neutrino-lab:welcomed';

/** Whether the first success is still to be told of; never where it could not be remembered. */
export class FirstRunHint {
  constructor(private readonly _storage: IStateDB | null) {
    void this._restore();
  }

  get isDue(): boolean {
    return this._isDue;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The user has seen it. */
  dismiss(): void {
    this._isDue = false;
    void this._storage?.save(KEY, true);
    this._changed.emit();
  }

  private async _restore(): Promise<void> {
    this._isDue = this._storage !== null && (await this._storage.fetch(KEY)) !== true;
    this._changed.emit();
  }

  private _isDue = false;
  private readonly _changed = new Signal<this, void>(this);
}
