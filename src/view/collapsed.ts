/**
 * Which sections are folded; kept for the next visit where there is a place to keep it.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import { Observable } from '../observable';

/** The folded sections, by id. */
export class CollapsedSections extends Observable {
  /** `key` is where they are kept. */
  constructor(
    private readonly _storage: IStateDB | null,
    private readonly _key: string
  ) {
    super();
    void this._restore();
  }

  get ids(): ReadonlySet<string> {
    return this._folded;
  }

  toggle(id: string): void {
    const ids = new Set(this._folded);
    if (!ids.delete(id)) {
      ids.add(id);
    }
    this._folded = ids;
    void this._storage?.save(this._key, [...ids]);
    this._changed.emit();
  }

  private async _restore(): Promise<void> {
    const kept = await this._storage?.fetch(this._key);
    if (Array.isArray(kept)) {
      this._folded = new Set(kept.map(String));
      this._changed.emit();
    }
  }

  private _folded: ReadonlySet<string> = new Set();
}
