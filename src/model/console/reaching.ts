/**
 * Whom the messages reached: the server's journal beside the rows of a console.
 */
import type { Passage } from '../../protocol';
import { isMessage, sizeOf, type Entry, type IMessage, type IReach } from './entry';

/** How far the clocks of browser and server may be apart for a row and a passage to be one. */
const TOLERANCE_MS = 5000;
/** The journal holds no more than a few hundred passages: older rows are in none of them. */
const ROWS = 1000;

/**
 * Find for rows that came in the passage that went out: in order, of one size, to at least as many
 * as are known to have got it. A row without a passage stays as it is.
 */
export function reaches(
  rows: readonly Entry[],
  passages: readonly Passage[]
): ReadonlyMap<number, IReach> {
  const out = passages.filter(each => each.direction === 'out');
  const found = new Map<number, IReach>();
  let from = 0;
  for (const row of rows.slice(-ROWS)) {
    if (!isMessage(row) || row.kind === 'sent') {
      continue;
    }
    const size = sizeOf(row.data);
    let index = from;
    while (index < out.length && !isOne(row, size, out[index] as Passage)) {
      index += 1;
    }
    const passage = out[index];
    if (!passage) {
      continue;
    }
    from = index + 1;
    const reach = {
      count: passage.recipients.length,
      room: passage.room,
      client: passage.client
    };
    if (JSON.stringify(row.reach) !== JSON.stringify(reach)) {
      found.set(row.id, reach);
    }
  }
  return found;
}

function isOne(row: IMessage, size: number, passage: Passage): boolean {
  return (
    passage.size === size &&
    passage.recipients.length >= row.clients.length &&
    (!passage.room || !row.room || passage.room === row.room) &&
    Math.abs(passage.at * 1000 - row.at) < TOLERANCE_MS
  );
}
