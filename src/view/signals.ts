/**
 * Signals as React sees them.
 */
import type { ISignal } from '@lumino/signaling';
import { useLayoutEffect, useReducer } from 'react';
import type { NotebookState } from '../model';
import type { EndpointStats } from '../protocol';

/** Gives what draws a component again. */
export function useRedraw(): () => void {
  return useReducer((count: number) => count + 1, 0)[1];
}

/**
 * Draw again whenever one of the signals is emitted. It listens from the moment of drawing on: what
 * comes before a later effect would be missed, and nothing may come after it.
 */
export function useSignals(...signals: readonly ISignal<object, unknown>[]): void {
  const redraw = useRedraw();
  useLayoutEffect(() => {
    const slot = (): void => redraw();
    signals.forEach(signal => signal.connect(slot));
    return () => signals.forEach(signal => void signal.disconnect(slot));
  }, signals);
}

/** The stats of an endpoint. They are drawn again when they change, and not with those of others. */
export function useStats(
  state: Pick<NotebookState, 'stats' | 'statsChanged'>,
  key: string
): EndpointStats | null {
  const redraw = useRedraw();
  useLayoutEffect(() => {
    const slot = (_: unknown, keys: readonly string[]): void => {
      if (keys.includes(key)) {
        redraw();
      }
    };
    state.statsChanged.connect(slot);
    return () => void state.statsChanged.disconnect(slot);
  }, [state, key]);
  return state.stats(key);
}
