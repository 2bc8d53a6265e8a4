/**
 * Whom the messages reached: the server's journal beside the rows of a console.
 */
import type { Arrival, Passage } from '../../../protocol';
import { isMessage, type Entry, type IReach } from './entry';

/**
 * Find for rows that came in what the journal tells of them: each of their arrivals is a frame that
 * it has numbered. A row that it knows nothing of stays as it is.
 */
export function reaches(
  rows: readonly Entry[],
  passages: readonly Passage[]
): ReadonlyMap<number, IReach> {
  const told = new Map<string, Passage>();
  for (const passage of passages) {
    passage.arrivals.forEach(each => told.set(keyOf(each), passage));
  }
  const found = new Map<number, IReach>();
  for (const row of told.size > 0 ? rows : []) {
    const reach = isMessage(row) ? reachOf(row.arrivals, told) : null;
    if (reach) {
      found.set(row.id, reach);
    }
  }
  return found;
}

/** One message, or several equal ones that looked like one: then what they have in common. */
function reachOf(arrivals: readonly Arrival[], told: ReadonlyMap<string, Passage>): IReach | null {
  const passages = new Set<Passage>();
  for (const arrival of arrivals) {
    const passage = told.get(keyOf(arrival));
    if (passage) {
      passages.add(passage);
    }
  }
  const [first, ...rest] = passages;
  if (!first) {
    return null;
  }
  return {
    messages: passages.size,
    count: rest.reduce((sum, each) => sum + each.reached, first.reached),
    room: rest.every(each => each.room === first.room) ? first.room : '',
    client: rest.every(each => each.client === first.client) ? first.client : ''
  };
}

function keyOf({ call, number }: Arrival): string {
  return `${call} ${number}`;
}
