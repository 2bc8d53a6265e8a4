/**
 * Signals as React sees them.
 */
import type { ISignal } from '@lumino/signaling';
import { useEffect, useReducer } from 'react';

/** Draw again whenever one of the signals is emitted. */
export function useSignals(...signals: readonly ISignal<object, unknown>[]): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    const slot = (): void => redraw();
    signals.forEach(signal => signal.connect(slot));
    return () => signals.forEach(signal => void signal.disconnect(slot));
  }, signals);
}
