import { expect, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import { openFlood } from '../tests/console';
import { Bench } from '../tests/notebook';
import { showDurations } from './table';

const CELLS = 300;
const KEYS = 120;
const RATE = 1500;
const SECONDS = 60;

/** From each press of a key to the frame that shows it. */
async function typed(page: IJupyterLabPageFixture): Promise<readonly number[]> {
  const measured = await page.evaluateHandle(() => {
    const durationsMs: number[] = [];
    const onKey = ({ timeStamp }: KeyboardEvent): void => {
      // What comes right after a frame's callbacks is its paint.
      requestAnimationFrame(() =>
        setTimeout(() => durationsMs.push(performance.now() - timeStamp))
      );
    };
    document.addEventListener('keydown', onKey, true);
    return durationsMs;
  });
  await page.keyboard.type('abcdefghijkl'.repeat(KEYS / 12), { delay: 60 });
  await expect.poll(() => measured.evaluate(each => each.length)).toBe(KEYS);
  return measured.jsonValue();
}

function long(): readonly string[] {
  return Array.from({ length: CELLS }, (_, index) =>
    index % 10 === 0
      ? `"""\n@HTTP\nGET /api/n${index}\n"""\ndef f${index}():\n    return ${index}`
      : `x${index} = [\n    ${index},\n]`
  );
}

for (const isOn of [true, false]) {
  test(`key to paint in a notebook, ${isOn ? 'with' : 'without'} us`, async ({ page, tmpPath }) => {
    const bench = new Bench(page, tmpPath);
    if (!isOn) {
      await page.route(/\/lab(\/tree)?(\/[^?]*)?(\?|$)/, async route => {
        const response = await route.fetch();
        const text = await response.text();
        const body = text.replace(/"disabledExtensions": ?\[/, found => `${found}"neutrino-lab", `);
        await route.fulfill({
          response,
          body: body.replace('"neutrino-lab", ]', '"neutrino-lab"]')
        });
      });
      await page.reload();
    }
    await bench.putCells('long.ipynb', long());
    await page.notebook.openByPath(`${tmpPath}/long.ipynb`);
    await expect(page.locator('.nl-LensRow').first()).toBeVisible({ visible: isOn });
    await page.notebook.enterCellEditingMode(0);
    await page.keyboard.press('Control+End');
    const durationsMs = await typed(page);
    showDurations(`key to paint, ${CELLS} cells, ${isOn ? 'with' : 'without'} us`, durationsMs);
  });
}

test('key to paint in a console under load', async ({ page, tmpPath }) => {
  const subject = await openFlood(new Bench(page, tmpPath), RATE, SECONDS);
  await subject.serve();
  await subject.message.click();
  showDurations(`key to paint in a console, ${RATE} messages/s`, await typed(page));
});
