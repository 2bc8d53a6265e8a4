/**
 * The rows of a console: messages, and what became of connections.
 */

import type { FrameRef } from '../../../protocol';

/** What a frame holds. */
export type Data = string | ArrayBuffer;

/** Whom a message reached, as the server's journal tells. */
export interface IDelivery {
  /** How many equal messages the row turned out to stand for. */
  readonly messages: number;
  /** How many clients got it, other people's among them. */
  readonly count: number;
  /** The room or the client it was meant for; both are empty for all of the endpoint. */
  readonly room: string;
  readonly client: string;
}

interface IRow {
  readonly id: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The names of the virtual clients that sent it, or received it. */
  readonly clients: readonly string[];
  /** The room they are in; empty where there are no rooms. */
  readonly room: string;
}

/** A message; `refused` is an answer that tells its sender of an error. */
export interface IMessage extends IRow {
  readonly kind: 'sent' | 'received' | 'refused';
  readonly data: Data;
  /** Which frame of which connections it was; empty for what was sent. */
  readonly frames: readonly FrameRef[];
  readonly delivery: IDelivery | null;
}

export interface IOpening extends IRow {
  readonly kind: 'opened';
}

/** How a connection ended; `wasOpen` is false where it never came to be. */
export interface IEnd {
  readonly code: number;
  readonly reason: string;
  readonly wasOpen: boolean;
  /** Whether the user asked for it. */
  readonly isMeant: boolean;
}

export interface IClosing extends IRow, IEnd {
  readonly kind: 'closed';
}

export type Entry = IMessage | IOpening | IClosing;

/** An entry that has no id yet. */
export type NewEntry =
  Omit<IMessage, 'id' | 'delivery'> | Omit<IOpening, 'id'> | Omit<IClosing, 'id'>;

export function isMessage(entry: Entry): entry is IMessage {
  return 'data' in entry;
}

/** Whether it is for the filter of errors: an answer with an error, an end that nobody meant. */
export function isError(entry: Entry): boolean {
  return (
    entry.kind === 'refused' ||
    (entry.kind === 'closed' && !entry.isMeant && !(entry.wasOpen && isPlainClose(entry.code)))
  );
}

/** Whether a received text is `{"error": …}`, which the server says to one who sent nonsense. */
export function tellsError(data: Data): boolean {
  if (typeof data !== 'string' || !data.startsWith('{"error"')) {
    return false;
  }
  try {
    const found = JSON.parse(data) as Record<string, unknown>;
    return Object.keys(found).length === 1 && typeof found.error === 'string';
  } catch {
    return false;
  }
}

/** What an entry weighs in memory, roughly. */
export function weightOf(entry: Entry): number {
  const overhead = 200;
  if (!isMessage(entry)) {
    return overhead;
  }
  const { data } = entry;
  return overhead + (typeof data === 'string' ? 2 * data.length : data.byteLength);
}

/** Closed normally, by going away, or without saying why. */
function isPlainClose(code: number): boolean {
  return code === 1000 || code === 1001 || code === 1005;
}
