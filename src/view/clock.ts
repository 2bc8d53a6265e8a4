/**
 * The time, for what counts down or up while it is shown.
 */
import { useEffect, useState } from 'react';

const SECOND_MS = 1000;

/** Draw again every second while `isRunning`; the answer is the time in milliseconds. */
export function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) {
      return;
    }
    setNow(Date.now());
    const timer = window.setInterval(() => setNow(Date.now()), SECOND_MS);
    return () => window.clearInterval(timer);
  }, [isRunning]);
  return now;
}
