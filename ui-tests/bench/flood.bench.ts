import { expect, test } from '@jupyterlab/galata';
import { openFlood } from '../tests/console';
import { Bench } from '../tests/notebook';
import { percentile } from './table';

const RATE = 2000;
const SECONDS = 30;

/** How long the frames take while a WebSocket sends thousands of messages a second. */
test('a flood in the console', async ({ page, tmpPath }) => {
  const subject = await openFlood(new Bench(page, tmpPath), RATE, SECONDS);
  await subject.serve();
  const framesMs = await page.evaluate(
    seconds =>
      new Promise<readonly number[]>(resolve => {
        const measured: number[] = [];
        const start = performance.now();
        let before = start;
        const step = (now: number): void => {
          measured.push(now - before);
          before = now;
          if (now - start < seconds * 1000) {
            requestAnimationFrame(step);
          } else {
            resolve(measured.slice(1));
          }
        };
        requestAnimationFrame(step);
      }),
    SECONDS
  );
  const total = (RATE * SECONDS).toLocaleString('en-US');
  await expect(subject.told).toContainText(`${total} received`, { timeout: 60000 });
  const whole = framesMs.reduce((sum, each) => sum + each, 0);
  const figures = [50, 95, 99, 100].map(each => percentile(framesMs, each).toFixed(1));
  const late = framesMs.filter(each => each > 1000 / 30).length;
  console.log(
    `  ${RATE} messages/s for ${SECONDS} s: frames p50 ${figures[0]} ms, p95 ${figures[1]} ms, ` +
      `p99 ${figures[2]} ms, worst ${figures[3]} ms; ${((1000 * framesMs.length) / whole).toFixed(1)} fps, ` +
      `${late} of ${framesMs.length} frames over 33 ms; told: ${await subject.told.innerText()}`
  );
});
