import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

test('without the server part the panel says which half is missing, and Retry finds it', async ({
  page,
  tmpPath
}) => {
  const bench = new Bench(page, tmpPath);
  await page.route(/\/neutrino\/api\//, route =>
    route.fulfill({ status: 404, contentType: 'text/html', body: '<h1>404</h1>' })
  );
  await page.reload();
  await bench.open();
  await expect(bench.panel).toContainText('Jupyter server extension: not found');
  await expect(bench.panel).toContainText('jupyter server extension enable neutrino_lab');
  await page.unroute(/\/neutrino\/api\//);
  await bench.panel.getByRole('button', { name: 'Retry' }).click();
  await expect(bench.section('endpoints').getByRole('listitem')).toHaveCount(4);
});

test('without a notebook, and without a declaration, the panel teaches', async ({
  page,
  tmpPath
}) => {
  const bench = new Bench(page, tmpPath);
  await page.sidebar.openTab('neutrino-lab-panel');
  await expect(bench.panel).toContainText('Open a notebook to see its endpoints.');
  await page.notebook.createNew('empty.ipynb');
  await expect(bench.panel).toContainText('declares no endpoint yet');
});
