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

/** Begin with a report: what came before it is not counted, what it holds is drawn. */
export function begin(report: StreamReport): ISeries {
  const base = {
    received: report.received - report.values_in.length,
    emitted: report.emitted - report.values_out.length
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
    into: extendLine(into, report.values_in, received),
    out: extendLine(out, report.values_out, emitted)
  };
}

/** How many values are not in the chart: they came too fast, or have no number. */
export function notDrawn({ into, out }: ISeries): number {
  return Math.max(into.total - into.drawn, 0) + Math.max(out.total - out.drawn, 0);
}

function extendLine(line: ILine, points: readonly (readonly number[])[], total: number): ILine {
  // No more than have come since: a report holds old ones, too, some with the time of the last.
  const fresh = points.slice(Math.max(points.length - (total - line.total), 0));
  const times = [...line.times, ...fresh.map(([time]) => time ?? 0)];
  const numbers = [...line.numbers, ...fresh.map(([, number]) => number ?? 0)];
  return {
    times: times.slice(-MOST_POINTS),
    numbers: numbers.slice(-MOST_POINTS),
    total,
    drawn: line.drawn + fresh.length
  };
}
