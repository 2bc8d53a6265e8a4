/**
 * What a console shows: its rows in the order they came, counted also where they are not kept.
 */
import { Observable } from '../../../observable';
import type { FrameRef } from '../../../protocol';
import { isMessage, weightOf, type Data, type Entry, type IMessage, type NewEntry } from './entry';
import { Merging } from './merging';
import { Ring } from './ring';

/** How many rows can be kept. */
export const CAPACITIES: readonly number[] = [1_000, 2_000, 5_000, 10_000];
/** What all rows together may weigh, whatever their number. */
const WEIGHT_LIMIT = 64 * 1024 * 1024;

/** What has arrived on one connection. */
export interface IReceived {
  readonly client: string;
  readonly room: string;
  readonly data: Data;
  readonly at: number;
  readonly frame: FrameRef;
}

/** What is needed to draw: rows by id from `first` to `next`, and what is missing from them. */
export interface ILogView {
  readonly first: number;
  readonly next: number;
  readonly dropped: number;
  get(id: number): Entry | undefined;
}

/**
 * The rows of a console.
 *
 * `changed` is emitted for every row; who draws does so once a frame. While it is paused, `view`
 * stands still and the rest goes on.
 */
export class MessageLog extends Observable {
  constructor(capacity = CAPACITIES[0] ?? 1_000) {
    super();
    this._ring = new Ring<Entry>(capacity, WEIGHT_LIMIT, weightOf);
  }

  /** What is to be drawn now. */
  get view(): ILogView {
    return this._frozen ?? this._ring;
  }

  get capacity(): number {
    return this._ring.capacity;
  }

  /** How many frames were sent and received since the last `clear`, on all connections. */
  get count(): { readonly sent: number; readonly received: number } {
    return { sent: this._sent, received: this._received };
  }

  get isPaused(): boolean {
    return this._frozen !== null;
  }

  /** How many rows have come since it was paused. */
  get waiting(): number {
    return this._frozen ? this._ring.next - this._frozen.next : 0;
  }

  /** The rows that are kept, newest last. */
  rows(): readonly Entry[] {
    return this._ring.toArray();
  }

  add(entry: NewEntry): void {
    if (entry.kind === 'sent') {
      this._sent += 1;
    } else if (entry.kind === 'received' || entry.kind === 'refused') {
      this._received += 1;
    }
    this._ring.push(id => ('data' in entry ? { ...entry, id, delivery: null } : { ...entry, id }));
    this._changed.emit();
  }

  /** A message has arrived that others may receive as well: all that do are one row. */
  receive(received: IReceived): void {
    const { client, room, data, at, frame } = received;
    this._received += 1;
    const known = this._merging.find(client, data, at);
    const row = known === null ? undefined : this._ring.get(known);
    if (row && isMessage(row)) {
      // In the order of the clients: which connection is the first to bring it is chance.
      const clients = [...row.clients, client].sort();
      this._ring.replace(row.id, { ...row, clients, frames: [...row.frames, frame] });
    } else if (known === null) {
      const made = this._ring.push(id => ({
        id,
        at,
        kind: 'received',
        clients: [client],
        room,
        data,
        frames: [frame],
        delivery: null
      }));
      this._merging.add(made.id, client, data, at);
    }
    this._changed.emit();
  }

  /** Write into messages whom they reached. */
  annotate(deliveries: ReadonlyMap<number, IMessage['delivery']>): void {
    for (const [id, delivery] of deliveries) {
      const row = this._ring.get(id);
      if (row && isMessage(row)) {
        this._ring.replace(id, { ...row, delivery });
      }
    }
    if (deliveries.size > 0) {
      this._changed.emit();
    }
  }

  /** Keep so many rows from now on. */
  resize(capacity: number): void {
    this._ring.resize(capacity);
    this._changed.emit();
  }

  pause(): void {
    const { first, next, dropped } = this._ring;
    const rows = this._ring.toArray();
    this._frozen = { first, next, dropped, get: id => rows[id - first] };
    this._changed.emit();
  }

  resume(): void {
    this._frozen = null;
    this._changed.emit();
  }

  /** Forget all rows and reset the counts. */
  clear(): void {
    this._ring.clear();
    this._sent = 0;
    this._received = 0;
    if (this._frozen) {
      this.pause();
    } else {
      this._changed.emit();
    }
  }

  private readonly _ring: Ring<Entry>;
  private readonly _merging = new Merging();
  private _frozen: ILogView | null = null;
  private _sent = 0;
  private _received = 0;
}
