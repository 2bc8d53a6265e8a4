/**
 * What was sent before, to be sent again: the arrow keys walk through it.
 */

const CAPACITY = 50;

/** The texts that were sent, and the place in them. */
export class SentHistory {
  /** Newest last. */
  get texts(): readonly string[] {
    return this._texts;
  }

  /** Remember a text as the newest and go back to the end. */
  add(text: string): void {
    this._texts = [...this._texts.filter(each => each !== text), text].slice(-CAPACITY);
    this._place = null;
  }

  /** The one before, null where there is none; `current` is kept as what the end holds. */
  older(current: string): string | null {
    const from = this._place ?? this._texts.length;
    if (this._place === null) {
      this._draft = current;
    }
    const text = this._texts[from - 1];
    if (text === undefined) {
      return null;
    }
    this._place = from - 1;
    return text;
  }

  /** The one after, in the end the draft; null where there is none. */
  newer(): string | null {
    if (this._place === null) {
      return null;
    }
    const text = this._texts[this._place + 1];
    this._place = text === undefined ? null : this._place + 1;
    return text ?? this._draft;
  }

  /** What is typed now is a text of its own, not one of these. */
  leave(): void {
    this._place = null;
  }

  private _texts: readonly string[] = [];
  private _place: number | null = null;
  private _draft = '';
}
