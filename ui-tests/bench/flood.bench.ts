import { expect, test } from '@jupyterlab/galata';
import { openFlood } from '../tests/console';
import { Bench } from '../tests/notebook';
import { framesText, watchFrames } from './frames';

const RATE = 2000;
const SECONDS = 30;

/** How long the frames take while a WebSocket sends thousands of messages a second. */
test('a flood in the console', async ({ page, tmpPath }) => {
  const subject = await openFlood(new Bench(page, tmpPath), RATE, SECONDS);
  await subject.serve();
  const frames = await watchFrames(page);
  await page.waitForTimeout(SECONDS * 1000);
  const framesMs = await frames();
  const total = (RATE * SECONDS).toLocaleString('en-US');
  await expect(subject.told).toContainText(`${total} received`, { timeout: 60000 });
  console.log(
    `  ${RATE} messages/s for ${SECONDS} s: ${framesText(framesMs)}; told: ${await subject.told.innerText()}`
  );
});
