/**
 * When a schedule runs next, and where that stands on a line that begins now.
 */
import type { ScheduleEndpoint } from '../../../protocol';

export const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
/** A line ends at the first of these that holds every run; the longest holds what it can. */
const SPANS_MS: readonly number[] = [
  10 * MINUTE_MS,
  HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
  31 * DAY_MS,
  366 * DAY_MS
];

/** The coming runs, and whether they are real: before Serve nothing is armed. */
export interface IComing {
  readonly times: readonly string[];
  readonly isArmed: boolean;
}

/**
 * The coming runs of a schedule: what was worked out from its declaration and lies ahead. An
 * interval is counted from when it was armed, so `armed`, its real next run, comes first.
 */
export function coming(endpoint: ScheduleEndpoint, armed: string, nowMs: number): IComing {
  const first = Date.parse(armed);
  const ahead = endpoint.next.filter(each => Date.parse(each) > nowMs);
  if (Number.isNaN(first)) {
    return { times: ahead, isArmed: false };
  }
  if (endpoint.badge !== 'EVERY') {
    const later = ahead.filter(each => Date.parse(each) > first);
    return { times: [armed, ...later], isArmed: true };
  }
  const step = stepOf(endpoint.next);
  const times = endpoint.next.map((_, index) =>
    index === 0 || step === 0 ? armed : new Date(first + index * step).toISOString()
  );
  return { times: [...new Set(times)], isArmed: true };
}

/** The length of an interval in milliseconds, 0 where there is none. */
export function stepOf(times: readonly string[]): number {
  const [first, second] = times.map(each => Date.parse(each));
  return first === undefined || second === undefined ? 0 : second - first;
}

/** A line of time that begins now: its length, and the places of the runs on it from 0 to 1. */
export interface ILine {
  readonly spanMs: number;
  readonly places: readonly number[];
}

/** Put runs on a line that is long enough for them. */
export function line(times: readonly string[], nowMs: number): ILine {
  const away = times.map(each => Date.parse(each) - nowMs).filter(each => each >= 0);
  const last = away[away.length - 1] ?? 0;
  const longest = SPANS_MS[SPANS_MS.length - 1] ?? DAY_MS;
  const spanMs = SPANS_MS.find(each => last <= each) ?? longest;
  return { spanMs, places: away.filter(each => each <= spanMs).map(each => each / spanMs) };
}
