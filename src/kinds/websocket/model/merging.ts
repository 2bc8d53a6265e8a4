/**
 * One broadcast arrives once on every connection: this finds the row that it already has.
 */
import type { Data } from './entry';
import { placeOf } from './ring';

/** How long after the first client the last one may receive the same message. */
const WINDOW_MS = 1000;
/** A longer binary frame is not compared. */
const COMPARED_BYTES = 65_536;

interface IOpenRow {
  readonly id: number;
  readonly at: number;
  readonly text: string;
}

/**
 * The rows of late that other clients may still receive.
 *
 * A client joins only rows after its last one: its messages stay in order, and it is in no row
 * twice.
 */
export class Merging {
  /** The row that this is another arrival of, or null; `add` it then. */
  find(client: string, data: Data, at: number): number | null {
    this._expire(at);
    const text = comparable(data);
    const same = text === null ? undefined : this._rows.get(text);
    const id = same?.[placeOf(same, (this._last.get(client) ?? 0) + 1)];
    if (id === undefined) {
      return null;
    }
    this._last.set(client, id);
    return id;
  }

  /** A row that began with this client. */
  add(id: number, client: string, data: Data, at: number): void {
    this._last.set(client, id);
    const text = comparable(data);
    if (text === null) {
      return;
    }
    this._queue.push({ id, at, text });
    const same = this._rows.get(text);
    if (same) {
      same.push(id);
    } else {
      this._rows.set(text, [id]);
    }
  }

  private _expire(now: number): void {
    let gone = 0;
    for (const row of this._queue) {
      if (now - row.at <= WINDOW_MS) {
        break;
      }
      gone += 1;
      const same = this._rows.get(row.text);
      if (same && same.length > 1) {
        same.shift();
      } else {
        this._rows.delete(row.text);
      }
    }
    if (gone > 0) {
      this._queue.splice(0, gone);
    }
  }

  private readonly _rows = new Map<string, number[]>();
  private readonly _queue: IOpenRow[] = [];
  private readonly _last = new Map<string, number>();
}

/** What two arrivals of one message have in common; null where that would cost too much. */
function comparable(data: Data): string | null {
  if (typeof data === 'string') {
    return `t${data}`;
  }
  if (data.byteLength > COMPARED_BYTES) {
    return null;
  }
  return `b${Array.from(new Uint8Array(data), byte => String.fromCharCode(byte)).join('')}`;
}
