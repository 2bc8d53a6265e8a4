/**
 * The geometry of a sparkline: lines through the good calls, gaps and ticks where calls failed.
 */

/** A point of the drawing. */
export interface IPoint {
  readonly x: number;
  readonly y: number;
}

/** What to draw. */
export interface ISparkline {
  /** Path data, one for each stretch of good calls. */
  readonly lines: readonly string[];
  /** Calls that stand alone, between two that failed. */
  readonly dots: readonly IPoint[];
  /** Where calls failed. */
  readonly ticks: readonly number[];
}

/** Fewer calls than this are not drawn: a line through two points pretends to be a trend. */
const ENOUGH = 3;
const MARGIN = 2;

/** Draw latencies (negative where a call failed) into a box; the ticks get its lowest pixels. */
export function sparkline(
  latencies: readonly number[],
  width: number,
  height: number,
  capacity = 20
): ISparkline {
  if (latencies.length < ENOUGH) {
    return { lines: [], dots: [], ticks: [] };
  }
  const slowest = Math.max(...latencies, 0);
  const step = (width - 2 * MARGIN) / Math.max(capacity - 1, 1);
  const floor = height - 2 * MARGIN;
  const place = (value: number, index: number): IPoint => ({
    x: round(MARGIN + index * step),
    y: round(slowest > 0 ? floor - (value / slowest) * (floor - MARGIN) : floor)
  });
  const stretches = split(latencies, place);
  const long = stretches.filter(stretch => stretch.length > 1);
  const short = stretches.filter(stretch => stretch.length === 1);
  return {
    lines: long.map(stretch => `M${stretch.map(({ x, y }) => `${x} ${y}`).join('L')}`),
    dots: short.flat(),
    ticks: latencies.flatMap((value, index) => (value < 0 ? [place(0, index).x] : []))
  };
}

function split(
  latencies: readonly number[],
  place: (value: number, index: number) => IPoint
): readonly (readonly IPoint[])[] {
  const stretches: IPoint[][] = [[]];
  latencies.forEach((value, index) => {
    if (value < 0) {
      stretches.push([]);
    } else {
      stretches[stretches.length - 1]?.push(place(value, index));
    }
  });
  return stretches.filter(stretch => stretch.length > 0);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
