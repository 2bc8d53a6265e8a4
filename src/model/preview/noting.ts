/**
 * Asking for what was noted of a call: it may be noted only a while after the answer has ended.
 */
import type { ISignal } from '@lumino/signaling';
import type { Call } from '../../protocol';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;
/** After this the journal may have lost it to newer calls. */
const PATIENCE_MS = 60_000;

/**
 * Ask until there is an answer: as soon as something happened to the endpoints, and also where
 * nothing is told of it. Null where it is never noted, or `isOver` says that nobody waits any more.
 */
export async function noted(
  ask: () => Promise<Call | null>,
  happened: ISignal<object, unknown>,
  isOver: () => boolean
): Promise<Call | null> {
  let pauseMs = FIRST_PAUSE_MS;
  const end = performance.now() + PATIENCE_MS;
  while (!isOver()) {
    const change = next(happened, pauseMs);
    const call = await ask();
    if (call || performance.now() > end) {
      change.cancel();
      return call;
    }
    await change.done;
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
  return null;
}

/** The next emission, or the end of a pause; one that comes while it is asked counts too. */
function next(
  signal: ISignal<object, unknown>,
  pauseMs: number
): { readonly done: Promise<void>; readonly cancel: () => void } {
  let finish = (): void => undefined;
  const done = new Promise<void>(resolve => {
    finish = () => {
      window.clearTimeout(timer);
      signal.disconnect(finish);
      resolve();
    };
    const timer = window.setTimeout(finish, pauseMs);
    signal.connect(finish);
  });
  return { done, cancel: finish };
}
