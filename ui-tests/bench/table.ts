/**
 * Prints what was measured.
 */

/** The value below which a share of them lies. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const index = Math.ceil((percent / 100) * sorted.length) - 1;
  return sorted[Math.max(0, index)] ?? NaN;
}

/** Print one line of durations: how many, the median, the slowest twentieth, the slowest. */
export function showDurations(title: string, durationsMs: readonly number[]): void {
  const figures = [50, 95, 100].map(each => `${percentile(durationsMs, each).toFixed(1)}`);
  console.log(
    `  ${title}: p50 ${figures[0]} ms, p95 ${figures[1]} ms, slowest ${figures[2]} ms (${durationsMs.length} times)`
  );
}
