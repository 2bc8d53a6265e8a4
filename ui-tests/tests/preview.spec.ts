import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

test('a pane stands beside its notebook, follows, survives a reload and closes with it', async ({
  page,
  tmpPath
}) => {
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Preview');
  const picker = pane.getByLabel('Endpoint');
  await bench.open();
  await bench.lens('POST /api/summary').getByRole('button', { name: /^Try/ }).click();
  await expect(picker).toHaveValue('POST /api/summary');
  await expect(pane).toContainText('Not served');

  await pane.getByLabel('Follow').check();
  await bench.panel.locator('button[title^="GET /api/hello"]').press(' ');
  await expect(picker).toHaveValue('GET /api/hello');
  await pane.getByRole('button', { name: 'Go to cell' }).click();
  await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText('/api/hello');

  // The layout is kept a moment after it has changed.
  await page.waitForResponse(
    response =>
      response.url().includes('/api/workspaces') &&
      (response.request().postData() ?? '').includes('neutrino-lab-preview')
  );
  await page.reload({ waitForIsReady: false });
  await expect(picker).toHaveValue('GET /api/hello', { timeout: 20000 });
  await expect(pane.getByLabel('Follow')).toBeChecked();
  await page.notebook.activate('quickstart.ipynb');
  await page.notebook.close(true);
  await expect(pane).toHaveCount(0);
});
