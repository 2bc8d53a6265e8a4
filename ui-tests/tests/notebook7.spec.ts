import { expect, test as base } from '@jupyterlab/galata';
import { Bench } from './notebook';

/** The place of the cell that declares `GET /api/hello` in the quickstart. */
const HELLO = 3;

const test = base.extend({
  // Another application than JupyterLab, which is ready at another sign.
  waitForApplication: async ({}, use) => {
    await use(async page => {
      await page.locator('#main-panel').waitFor();
    });
  }
});
test.use({ appPath: '', autoGoto: false, permissions: ['clipboard-read', 'clipboard-write'] });

test('serve, call, edit and stop in Notebook 7', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.upload();
  await page.goto(`notebooks/${tmpPath}/quickstart.ipynb`);

  await test.step('the lenses are there, and the panel opens', async () => {
    await expect(bench.lens('GET /api/hello')).toContainText('Not served');
    const search = page.locator('#modal-command-palette input');
    const listed = bench.section('endpoints').getByRole('listitem');
    // The shortcuts come with the settings, and the palette lists a command, later than the notebook
    // is there; and what is pressed twice closes the palette again.
    await expect(async () => {
      if (!(await search.isVisible())) {
        await page.keyboard.press('Control+Shift+c');
      }
      await search.fill('Show Endpoints', { timeout: 2000 });
      await search.press('Enter', { timeout: 2000 });
      await expect(listed).toHaveCount(4, { timeout: 5000 });
    }).toPass();
  });

  await test.step('Serve brings it up', async () => {
    await bench.serve();
    expect(await bench.call('GET /api/hello', '?name=Ada')).toEqual({ message: 'Hello, Ada!' });
  });

  await test.step('a saved edit is live', async () => {
    const line = page.locator('.jp-Cell').nth(HELLO).locator('.cm-line', { hasText: 'return' });
    await line.click();
    await page.keyboard.press('End');
    await page.keyboard.press('Backspace');
    await page.keyboard.type(', "by": "Ada"}');
    await page.keyboard.press('Control+s');
    await expect
      .poll(() => bench.call('GET /api/hello'))
      .toEqual({ message: 'Hello, world!', by: 'Ada' });
  });

  await test.step('Stop ends it', async () => {
    await bench.stop();
    await expect(bench.lens('GET /api/hello')).toContainText('Not served');
  });
});
