/**
 * The points of a chart, put together of reports that overlap: a stream may give more between two of
 * them than a report holds, and what is left out is counted.
 */
import type { StreamReport } from '../../../protocol';

/** So many points of each line are kept: more than there are pixels. */
export const MOST_POINTS = 2000;

/** One line: times in seconds and numbers, the oldest first. */
export interface ILine {
  readonly times: readonly number[];
  readonly numbers: readonly number[];
  /** How many values there were since the first report, and how many of them were drawn. */
  readonly total: number;
  readonly drawn: number;
}

/** Both lines of a stream. */
export interface ISeries {
  readonly into: ILine;
  readonly out: ILine;
  /** What the counts were at the first report. */
  readonly base: { readonly received: number; readonly emitted: number };
}

const EMPTY: ILine = { times: [], numbers: [], total: 0, drawn: 0 };

/** Begin with a report: what came before its first values is not counted. */
export function begin(report: StreamReport): ISeries {
  const base = {
    received: before(report.values_in, report.received),
    emitted: before(report.values_out, report.emitted)
  };
  return extend({ into: EMPTY, out: EMPTY, base }, report);
}

/** Add what is new in a report; begin again where its counts are lower, as after a restart. */
export function extend(series: ISeries, report: StreamReport): ISeries {
  const { base, into, out } = series;
  const received = report.received - base.received;
  const emitted = report.emitted - base.emitted;
  if (received < into.total || emitted < out.total) {
    return begin(report);
  }
  return {
    base,
    into: extendLine(into, report.values_in, received, base.received),
    out: extendLine(out, report.values_out, emitted, base.emitted)
  };
}

/** How many values are not in the chart: they came too fast, or have no number. */
export function notDrawn({ into, out }: ISeries): number {
  return Math.max(into.total - into.drawn, 0) + Math.max(out.total - out.drawn, 0);
}

/** How many values there were before those of a report. */
function before(points: readonly (readonly number[])[], total: number): number {
  const first = points[0]?.[2];
  return first === undefined ? total : first - 1;
}

function extendLine(
  line: ILine,
  points: readonly (readonly number[])[],
  total: number,
  base: number
): ILine {
  // A report holds old ones, too, some with the time of the last.
  const fresh = points.filter(([, , count]) => (count ?? 0) - base > line.total);
  const times = [...line.times, ...fresh.map(([time]) => time ?? 0)];
  const numbers = [...line.numbers, ...fresh.map(([, number]) => number ?? 0)];
  return {
    times: times.slice(-MOST_POINTS),
    numbers: numbers.slice(-MOST_POINTS),
    total,
    drawn: line.drawn + fresh.length
  };
}
