import { expect, test } from '@jupyterlab/galata';
import { Bench } from '../tests/notebook';
import { percentile, showDurations } from './table';

const TIMES = 40;

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

/** From pressing Send to the answer on the screen, over a plain fetch of the same page. */
test('Send in the preview', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Preview');
  await bench.open();
  await bench.serve();
  await bench.lens('GET /api/hello').getByRole('button', { name: 'Copy URL' }).click();
  const url = await page.evaluate(() => navigator.clipboard.readText());
  await bench.lens('GET /api/hello').getByRole('button', { name: /^Try/ }).click();
  await pane.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(pane.locator('.nl-Answer-text')).toContainText('Hello');
  const { sent, fetched } = await page.evaluate(
    async ({ url, times }) => {
      const sent: number[] = [];
      const fetched: number[] = [];
      const body = document.querySelector('.nl-Preview-body') as HTMLElement;
      const send = body.querySelector('.nl-Request-send') as HTMLElement;
      const field = body.querySelector('textarea') as HTMLTextAreaElement;
      const setter = Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, 'value')?.set;
      for (let time = 0; time < times; time++) {
        const name = `caller ${time}`;
        const shown = new Promise<void>(resolve => {
          const watcher = new MutationObserver(() => {
            if (body.querySelector('.nl-Answer-text')?.textContent?.includes(`${name}!`)) {
              watcher.disconnect();
              resolve();
            }
          });
          watcher.observe(body, { subtree: true, childList: true, characterData: true });
        });
        setter?.call(field, name);
        field.dispatchEvent(new Event('input', { bubbles: true }));
        await new Promise(resolve => requestAnimationFrame(resolve));
        let start = performance.now();
        send.click();
        await shown;
        sent.push(performance.now() - start);
        start = performance.now();
        await (await fetch(`${url}?name=${time}`)).text();
        fetched.push(performance.now() - start);
      }
      return { sent, fetched };
    },
    { url, times: TIMES }
  );
  showDurations('Send in the preview, to the answer on the screen', sent);
  showDurations('a plain fetch of the same endpoint', fetched);
  const ratio = percentile(sent, 50) / percentile(fetched, 50);
  console.log(`  Send over fetch, at the median: ${ratio.toFixed(2)}`);
});

/** From the command to a form that can be filled in. */
test('time to open the preview', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.open();
  await expect(bench.lens('POST /api/summary')).toBeVisible();
  const durationsMs = await page.evaluate(async times => {
    const { commands } = window.jupyterapp;
    const measured: number[] = [];
    for (let time = 0; time < times; time++) {
      const start = performance.now();
      const pane = await commands.execute('neutrino-lab:try-endpoint', {
        key: 'POST /api/summary'
      });
      while (!document.querySelector('.nl-Preview .nl-Value textarea')) {
        await new Promise(resolve => requestAnimationFrame(resolve));
      }
      measured.push(performance.now() - start);
      pane.dispose();
      await new Promise(resolve => requestAnimationFrame(resolve));
    }
    return measured;
  }, TIMES);
  showDurations('time to open the preview, to its form', durationsMs);
});
