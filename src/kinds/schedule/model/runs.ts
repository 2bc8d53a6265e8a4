/**
 * What became of a schedule's ticks.
 */
import type { Run } from '../../../protocol';

/** How many ended how. */
export type Outcomes = Readonly<Record<Run['outcome'], number>>;

export function outcomes(runs: readonly Run[]): Outcomes {
  const counts = { ok: 0, failed: 0, skipped: 0, missed: 0 };
  runs.forEach(run => (counts[run.outcome] += 1));
  return counts;
}

/** The runs to show, newest first. */
export function newestFirst(runs: readonly Run[], most: number): readonly Run[] {
  return [...runs].reverse().slice(0, most);
}
