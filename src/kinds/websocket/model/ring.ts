/**
 * The newest of many things, bounded in number and in size. What is dropped is counted.
 */

/** A bounded list whose ids go up by one: what has an id is found without a search. */
export class Ring<T> {
  constructor(
    private _capacity: number,
    private readonly _sizeLimit: number,
    private readonly _sizeOf: (item: T) => number
  ) {}

  get capacity(): number {
    return this._capacity;
  }

  /** How many are kept. */
  get length(): number {
    return this._items.length - this._head;
  }

  /** The id of the oldest that is kept, and of the one that comes next where none is. */
  get first(): number {
    return this._next - this.length;
  }

  /** The id that the next one gets. */
  get next(): number {
    return this._next;
  }

  /** How many were dropped for want of room. */
  get dropped(): number {
    return this._dropped;
  }

  get(id: number): T | undefined {
    return id < this.first ? undefined : this._items[this._head + id - this.first];
  }

  /** Add what is made of its id; the oldest make room. */
  push(make: (id: number) => T): T {
    const item = make(this._next);
    this._items.push(item);
    this._size += this._sizeOf(item);
    this._next += 1;
    this._trim();
    return item;
  }

  /** Put something in the place of what has this id, if that is still kept. */
  replace(id: number, item: T): void {
    const known = this.get(id);
    if (known !== undefined) {
      this._size += this._sizeOf(item) - this._sizeOf(known);
      this._items[this._head + id - this.first] = item;
    }
  }

  /** Keep so many from now on. */
  resize(capacity: number): void {
    this._capacity = capacity;
    this._trim();
  }

  /** Forget everything and reset the counts; ids go on. */
  clear(): void {
    this._items = [];
    this._head = 0;
    this._size = 0;
    this._dropped = 0;
  }

  toArray(): readonly T[] {
    return this._items.slice(this._head);
  }

  private _trim(): void {
    while (this.length > this._capacity || (this._size > this._sizeLimit && this.length > 1)) {
      this._size -= this._sizeOf(this._items[this._head] as T);
      this._head += 1;
      this._dropped += 1;
    }
    // Moving the rest once in a while costs less than shifting it every time.
    if (this._head > this._capacity) {
      this._items = this._items.slice(this._head);
      this._head = 0;
    }
  }

  private _items: T[] = [];
  private _head = 0;
  private _size = 0;
  private _next = 1;
  private _dropped = 0;
}

/** Where an id stands among sorted ones, looked for from a place on: that of itself, or of the next. */
export function placeOf(ids: readonly number[], id: number, from = 0): number {
  let low = from;
  let high = ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ids[middle] ?? 0) < id) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}
