/**
 * Whom the messages reached: the server's journal beside the rows of a console.
 */
import type { FrameRef, MessageRecord } from '../../../protocol';
import { isMessage, type Entry, type IDelivery } from './entry';

/**
 * Find for rows that came in what the journal tells of them, by the frames that it has numbered. A row
 * that it knows nothing of stays as it is.
 */
export function deliveries(
  rows: readonly Entry[],
  records: readonly MessageRecord[]
): ReadonlyMap<number, IDelivery> {
  const told = new Map<string, MessageRecord>();
  for (const record of records) {
    record.frames.forEach(each => told.set(keyOf(each), record));
  }
  const found = new Map<number, IDelivery>();
  for (const row of told.size > 0 ? rows : []) {
    const delivery = isMessage(row) ? deliveryOf(row.frames, told) : null;
    if (delivery) {
      found.set(row.id, delivery);
    }
  }
  return found;
}

/** One message, or several equal ones that looked like one: then what they have in common. */
function deliveryOf(
  frames: readonly FrameRef[],
  told: ReadonlyMap<string, MessageRecord>
): IDelivery | null {
  const records = frames.map(each => told.get(keyOf(each))).filter(each => each !== undefined);
  const [first, ...rest] = new Set(records);
  if (!first) {
    return null;
  }
  return {
    messages: 1 + rest.length,
    count: rest.reduce((sum, each) => sum + each.reached, first.reached),
    room: rest.every(each => each.room === first.room) ? first.room : '',
    client: rest.every(each => each.client === first.client) ? first.client : ''
  };
}

function keyOf({ call, number }: FrameRef): string {
  return `${call} ${number}`;
}
