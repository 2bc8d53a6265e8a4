/**
 * Server-sent events of the server part: read as they come, and picked up where they broke.
 */
import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** One event. `id` is what `Last-Event-ID` takes. */
export interface IServerEvent {
  readonly id: string;
  readonly kind: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** No event is longer: what is would fill the page's memory, and is given up. */
const MOST_CHARACTERS = 32 * 1024 * 1024;
const ATTEMPTS = 6;
const FIRST_PAUSE_MS = 250;
/** After one of these nothing comes. */
const LAST = new Set(['done', 'failed', 'finished', 'candidate']);

/** The events of one answer. What is no JSON object is passed over. */
export async function* eventsOf(response: Response): AsyncGenerator<IServerEvent> {
  const waiting: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: event => void waiting.push(event) });
  const decoder = new TextDecoder();
  const reader = response.body?.getReader();
  let unread = 0;
  try {
    while (reader) {
      const { done, value } = await reader.read();
      if (done) {
        return;
      }
      parser.feed(decoder.decode(value, { stream: true }));
      unread = waiting.length ? 0 : unread + value.length;
      if (unread > MOST_CHARACTERS) {
        throw new Error('An event of the server is too long.');
      }
      for (const { id = '', event = '', data } of waiting.splice(0)) {
        const decoded = decode(data);
        if (decoded) {
          yield { id, kind: event, data: decoded };
        }
      }
    }
  } finally {
    // Whoever stops reading stops the answer.
    await reader?.cancel().catch(() => undefined);
  }
}

/** How a log of events is asked for. */
export interface ILogSource {
  /** Ask for it; `after` is the id of the last event that is known, empty for none. */
  readonly open: (after: string) => Promise<Response>;
  readonly signal: AbortSignal;
  /** Wait before the next attempt. */
  readonly pause?: (ms: number) => Promise<void>;
}

/** With what a log is asked for from an event on. */
export function streamInit(signal: AbortSignal, after: string): RequestInit {
  return {
    signal,
    headers: { Accept: 'text/event-stream', ...(after && { 'Last-Event-ID': after }) }
  };
}

/**
 * The events of a log up to its last one. A line that breaks is opened again; what the server
 * refuses is raised.
 */
export async function* follow(source: ILogSource): AsyncGenerator<IServerEvent> {
  const { open, signal, pause = wait } = source;
  let after = '';
  let attempt = 0;
  for (;;) {
    try {
      for await (const event of eventsOf(await open(after))) {
        attempt = 0;
        after = event.id || after;
        yield event;
        if (LAST.has(event.kind)) {
          return;
        }
      }
    } catch (error) {
      if (signal.aborted || !isLineBroken(error)) {
        throw error;
      }
    }
    attempt += 1;
    // Without an id there is nothing to go on from.
    if (!after || attempt > ATTEMPTS) {
      throw new LineLost();
    }
    await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    if (signal.aborted) {
      throw new DOMException('It was given up.', 'AbortError');
    }
  }
}

/** The server could not be reached any more. */
export class LineLost extends Error {
  constructor() {
    super('The connection to the server was lost.');
    this.name = 'LineLost';
  }
}

/** Tell a connection that broke from an answer that refuses: `fetch` words both as they are. */
function isLineBroken(error: unknown): boolean {
  return error instanceof TypeError;
}

function decode(data: string): Readonly<Record<string, unknown>> | null {
  try {
    const found: unknown = JSON.parse(data);
    return found && typeof found === 'object' && !Array.isArray(found)
      ? (found as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

function wait(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
