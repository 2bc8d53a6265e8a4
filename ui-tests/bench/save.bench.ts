import { test } from '@jupyterlab/galata';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { Bench } from '../tests/notebook';
import { showDurations } from './table';

const TIMES = 40;
/** The place of the cell that declares `GET /api/hello` in the quickstart. */
const HELLO = 3;

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

/** From pressing Save to the first new answer, asked for by the same page. */
test('save to new answer', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.open();
  await bench.serve();
  await bench.lens('GET /api/hello').getByRole('button', { name: 'Copy URL' }).click();
  const url = await page.evaluate(() => navigator.clipboard.readText());
  const durationsMs = await page.evaluate(
    async ({ url, times, index }) => {
      const panel = window.jupyterapp.shell.currentWidget as NotebookPanel;
      const cell = panel.context.model.cells.get(index).sharedModel;
      const source: string = cell.getSource();
      const measured: number[] = [];
      for (let time = 0; time < times; time++) {
        const greeting = `Hello ${time}`;
        cell.setSource(source.replace('Hello', greeting));
        const start = performance.now();
        const saving = panel.context.save();
        for (;;) {
          const answer = await (await fetch(url)).text();
          if (answer.includes(greeting)) {
            break;
          }
        }
        measured.push(performance.now() - start);
        await saving;
      }
      return measured;
    },
    { url, times: TIMES, index: HELLO }
  );
  showDurations('save to new answer, in the browser', durationsMs);
});
