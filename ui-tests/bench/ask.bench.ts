import { expect, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import { Llm } from '../tests/llm';
import { Bench } from '../tests/notebook';
import { framesText, watchFrames } from './frames';
import { percentile, showDurations } from './table';

const TOKENS = 200;
const LINES = 200;
const EVERY_MS = 20;
const CELLS = 200;
const PRINTING = `import time
for _ in range(${LINES}):
    print(f'at{time.time() * 1000:.1f};', flush=True)
    time.sleep(${EVERY_MS / 1000})`;
/** A table, a line and a number: what a cell of an analysis shows. */
const SHOWING = `import pandas as pd
print('rows:', 6)
pd.DataFrame({'region': list('NSEWXY'), 'sales': range(6)})`;

test.use({ viewport: { width: 1440, height: 960 } });

let llm: Llm;

test.beforeAll(async () => {
  llm = await Llm.start();
});

test.afterAll(async () => {
  await llm.close();
});

/**
 * How late each time of the form `at123.4;` is drawn below a selector, by the clock of the machine
 * that all parts share. The result gives them once there are so many.
 */
async function watchTimes(
  page: IJupyterLabPageFixture,
  selector: string,
  count: number
): Promise<() => Promise<readonly number[]>> {
  const watching = await page.evaluateHandle(
    ({ selector, count }) => {
      const seen = new Set<string>();
      const latenessMs: number[] = [];
      const whole = new Promise<readonly number[]>(resolve => {
        const step = (): void => {
          const now = performance.timeOrigin + performance.now();
          const nodes = [...document.querySelectorAll(selector)];
          const text = nodes.map(each => each.textContent).join('');
          for (const [time, at = ''] of text.matchAll(/at([\d.]+);/g)) {
            if (!seen.has(time)) {
              seen.add(time);
              latenessMs.push(now - Number(at));
            }
          }
          if (latenessMs.length < count) {
            requestAnimationFrame(step);
          } else {
            resolve(latenessMs);
          }
        };
        requestAnimationFrame(step);
      });
      return { whole };
    },
    { selector, count }
  );
  return () => watching.evaluate(({ whole }) => whole);
}

async function openAsk(page: IJupyterLabPageFixture): Promise<void> {
  await page.evaluate(() => {
    void window.jupyterapp.commands.execute('neutrino-lab:ask-model');
  });
  await expect(page.locator('#neutrino-lab-ask').getByLabel('Question')).toBeFocused();
}

async function ask(page: IJupyterLabPageFixture, text: string): Promise<void> {
  const question = page.locator('#neutrino-lab-ask').getByLabel('Question');
  await question.fill(text);
  await question.press('Enter');
}

async function* spoken(): AsyncGenerator<string> {
  for (let token = 0; token < TOKENS; token += 1) {
    yield `at${(performance.timeOrigin + performance.now()).toFixed(1)}; `;
    await new Promise(resolve => setTimeout(resolve, EVERY_MS));
  }
}

/** From the model's server to the screen, through the Jupyter server. */
test('tokens of a model', async ({ page }) => {
  await openAsk(page);
  const shown = await watchTimes(page, '.nl-Turn-text', TOKENS);
  llm.replies({ spoken: spoken() });
  await ask(page, 'talk');
  showDurations('token of a model to the screen', await shown());
});

/** From `print` in the kernel to the screen; and the same in a notebook of JupyterLab's. */
test('output of code', async ({ page }) => {
  await page.notebook.createNew('bench.ipynb');
  await page.notebook.setCell(0, 'code', PRINTING);
  const plain = await watchTimes(page, '.jp-Notebook .jp-OutputArea', LINES);
  await page.notebook.runCell(0);
  const notebookMs = await plain();
  await openAsk(page);
  llm.replies({ codes: ['1', PRINTING] }, { texts: ['Done.'] });
  const shown = await watchTimes(page, '#neutrino-lab-ask .jp-OutputArea', LINES);
  await ask(page, 'print');
  const askMs = await shown();
  showDurations('output of a cell of Ask to the screen', askMs);
  showDurations('the same in a notebook', notebookMs);
  const ratio = percentile(askMs, 50) / percentile(notebookMs, 50);
  console.log(`  Ask over a notebook, at the median: ${ratio.toFixed(2)}`);
});

/** Wait in the page until an element reads so: questions from outside would cost frames. */
async function reads(page: IJupyterLabPageFixture, selector: string, text: string): Promise<void> {
  await page.evaluate(
    ({ selector, text }) =>
      new Promise<void>(resolve => {
        const step = (): void => {
          if (document.querySelector(selector)?.textContent === text) {
            resolve();
          } else {
            setTimeout(step, 100);
          }
        };
        step();
      }),
    { selector, text }
  );
}

/** Frames while a list of cells is scrolled from its end to its top. */
async function scrolled(page: IJupyterLabPageFixture, selector: string): Promise<string> {
  const watched = await watchFrames(page);
  await page.evaluate(async selector => {
    const list = document.querySelector(selector) as HTMLElement;
    for (let top = list.scrollHeight; top > 0; top -= 200) {
      list.scrollTop = top;
      await new Promise(resolve => requestAnimationFrame(resolve));
    }
  }, selector);
  return framesText(await watched());
}

/**
 * Frames while a session grows to many cells, and while it is scrolled from end to end; and the same
 * in a notebook of JupyterLab's.
 */
test('a session with many cells', async ({ page, tmpPath }) => {
  await openAsk(page);
  llm.replies({ codes: Array<string>(CELLS).fill(SHOWING) }, { texts: ['Done.'] });
  const growing = await watchFrames(page);
  await ask(page, 'show');
  await reads(page, '#neutrino-lab-ask .nl-Turn-status', 'Answered');
  console.log(`  ${CELLS} cells with tables, as they come: ${framesText(await growing())}`);
  await expect(page.locator('#neutrino-lab-ask .nl-ArtifactCell table')).toHaveCount(CELLS);
  const own = await scrolled(page, '#neutrino-lab-ask .nl-Artifact');
  console.log(`  the same, scrolled from end to end: ${own}`);

  const bench = new Bench(page, tmpPath);
  await bench.putCells('many.ipynb', [...Array<string>(CELLS).fill(SHOWING), "print('Done.')"]);
  await page.notebook.openByPath(`${tmpPath}/many.ipynb`);
  await page.notebook.activate('many.ipynb');
  const running = await watchFrames(page);
  await page.evaluate(() => window.jupyterapp.commands.execute('notebook:run-all-cells'));
  console.log(`  a notebook of JupyterLab's, as it runs: ${framesText(await running())}`);
  const plain = await scrolled(
    page,
    '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer'
  );
  console.log(`  the same, scrolled from end to end: ${plain}`);
});
