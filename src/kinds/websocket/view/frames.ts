/**
 * Signals that come thousands of times a second, as React sees them: once a frame.
 */
import type { ISignal } from '@lumino/signaling';
import { useEffect } from 'react';
import { useRedraw } from '../../../view/signals';

/** Draw again in the next frame after the signal was emitted, however often it was. */
export function useFrames(signal: ISignal<object, unknown>): void {
  const redraw = useRedraw();
  useEffect(() => {
    let frame = 0;
    const slot = (): void => {
      if (frame === 0) {
        frame = requestAnimationFrame(() => {
          frame = 0;
          redraw();
        });
      }
    };
    signal.connect(slot);
    return () => {
      signal.disconnect(slot);
      cancelAnimationFrame(frame);
    };
  }, [signal]);
}
