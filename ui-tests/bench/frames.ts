/**
 * Measures how long the frames of a page take.
 */
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { percentile } from './table';

/** Begin to measure; the result ends it and gives the frames' times. */
export async function watchFrames(
  page: IJupyterLabPageFixture
): Promise<() => Promise<readonly number[]>> {
  const watching = await page.evaluateHandle(() => {
    const watched = { framesMs: [] as number[], isOver: false };
    let before = performance.now();
    const step = (now: number): void => {
      watched.framesMs.push(now - before);
      before = now;
      if (!watched.isOver) {
        requestAnimationFrame(step);
      }
    };
    requestAnimationFrame(step);
    return watched;
  });
  return () =>
    watching.evaluate(watched => {
      watched.isOver = true;
      return watched.framesMs.slice(1);
    });
}

/** What is printed of them. */
export function framesText(framesMs: readonly number[]): string {
  const whole = framesMs.reduce((sum, each) => sum + each, 0);
  const figures = [50, 95, 99, 100].map(each => percentile(framesMs, each).toFixed(1));
  const late = framesMs.filter(each => each > 1000 / 30).length;
  return (
    `frames p50 ${figures[0]} ms, p95 ${figures[1]} ms, p99 ${figures[2]} ms, worst ${figures[3]} ms; ` +
    `${((1000 * framesMs.length) / whole).toFixed(1)} fps, ${late} of ${framesMs.length} frames over 33 ms`
  );
}
