/**
 * The time, for what counts down or up while it is shown.
 */
import { useEffect, useState } from 'react';

const SECOND_MS = 1000;

/** Draw again every second, or less often, while `isRunning`; gives the time in milliseconds. */
export function useNow(isRunning: boolean, everyMs = SECOND_MS): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) {
      return;
    }
    setNow(Date.now());
    const timer = window.setInterval(() => setNow(Date.now()), everyMs);
    return () => window.clearInterval(timer);
  }, [isRunning, everyMs]);
  return now;
}
