/**
 * Which rows are shown: found once for each row, not once for each frame.
 */
import { isError, isMessage, type Entry } from './entry';
import type { ILogView } from './log';
import { placeOf } from './ring';

export type Filter = 'all' | 'sent' | 'received' | 'errors';

/** What the rows are chosen by. */
export interface ICriteria {
  readonly filter: Filter;
  readonly search: string;
}

/** The ids of the rows that are shown, in order. */
export class Selection {
  /** How many are shown. */
  get length(): number {
    return this._ids.length - this._head;
  }

  id(index: number): number | undefined {
    return this._ids[this._head + index];
  }

  /** Where an id stands: that of itself, or of the next that is shown. */
  indexOf(id: number): number {
    return placeOf(this._ids, id, this._head) - this._head;
  }

  /** Go on to what the log holds now. */
  follow(log: ILogView, criteria: ICriteria): void {
    const isSame =
      criteria.filter === this._criteria.filter && criteria.search === this._criteria.search;
    if (!isSame || log.next < this._next) {
      this._criteria = criteria;
      this._ids = [];
      this._head = 0;
      this._next = 0;
    }
    while (this._head < this._ids.length && (this._ids[this._head] ?? 0) < log.first) {
      this._head += 1;
    }
    if (this._head > this.length) {
      this._ids = this._ids.slice(this._head);
      this._head = 0;
    }
    for (let id = Math.max(this._next, log.first); id < log.next; id += 1) {
      const entry = log.get(id);
      if (entry && matches(entry, criteria)) {
        this._ids.push(id);
      }
    }
    this._next = log.next;
  }

  private _criteria: ICriteria = { filter: 'all', search: '' };
  private _ids: number[] = [];
  private _head = 0;
  private _next = 0;
}

/** Whether a row is shown. Connections are told of in every filter but those of messages. */
function matches(entry: Entry, { filter, search }: ICriteria): boolean {
  if (filter === 'errors' ? !isError(entry) : filter !== 'all' && !isOfKind(entry, filter)) {
    return false;
  }
  if (!search) {
    return true;
  }
  const wanted = search.toLowerCase();
  const texts = [...entry.clients, entry.room];
  if (isMessage(entry) && typeof entry.data === 'string') {
    texts.push(entry.data);
  } else if (entry.kind === 'closed') {
    texts.push(String(entry.code), entry.reason);
  }
  return texts.some(text => text.toLowerCase().includes(wanted));
}

function isOfKind(entry: Entry, filter: 'sent' | 'received'): boolean {
  return entry.kind === filter || (filter === 'received' && entry.kind === 'refused');
}
