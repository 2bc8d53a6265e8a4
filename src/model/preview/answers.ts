/**
 * How much of all answers is kept in this page: the oldest make room for the newest.
 */

/** More than this is kept of no answer, nor of all together. */
export const KEPT_BYTES = 64 * 1024 * 1024;

/** Something that holds bytes and can let them go. */
export interface IHolder {
  /** Let go of what is held; what still arrives is given up. */
  forget(): void;
}

/** One budget for the answers of all notebooks. */
export class Answers {
  constructor(private readonly _most = KEPT_BYTES) {}

  /** Ask for room for more of an answer; false where it alone would need more than there is. */
  take(holder: IHolder, bytes: number): boolean {
    const own = (this._held.get(holder) ?? 0) + bytes;
    if (own > this._most) {
      return false;
    }
    // The one that grew last is the last to go.
    this._held.delete(holder);
    this._held.set(holder, own);
    this._total += bytes;
    for (const other of [...this._held.keys()]) {
      if (this._total <= this._most) {
        break;
      }
      this.release(other);
      other.forget();
    }
    return true;
  }

  /** What a holder has is gone. */
  release(holder: IHolder): void {
    this._total -= this._held.get(holder) ?? 0;
    this._held.delete(holder);
  }

  private readonly _held = new Map<IHolder, number>();
  private _total = 0;
}
