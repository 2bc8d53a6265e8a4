import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';
import { picture } from './themes';

test.use({ viewport: { width: 1440, height: 900 } });

test('pictures for people to look at', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.open();
  await page.sidebar.setWidth(360, 'right');
  await bench.reaches('Not served');
  await picture(page, '1-opened');

  await bench.serve();
  for (const name of ['Ada', 'Grace', 'Edsger', 'Alan', 'Barbara']) {
    const root = await bench.section('server').locator('.nl-Server-url').textContent();
    await page.request.get(`${root}api/hello?name=${name}`);
    await page.request.post(`${root}api/summary`, { data: { values: [1, 2, name] } });
  }
  await expect(bench.lens('GET /api/hello').locator('.nl-Calls')).toContainText('ms');
  await picture(page, '2-live');

  await bench.edit(3, source => source.replace('name: str)', 'nam: str)'));
  await page.notebook.save();
  await bench.reaches('Problem – serving previous');
  await picture(page, '3-problem');
  await bench.stop();
});

test('pictures of writing', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const { keyboard } = page;
  await page.notebook.createNew('prices.ipynb');
  await page.sidebar.openTab('neutrino-lab-panel');
  await page.sidebar.setWidth(360, 'right');
  await page.notebook.setCell(0, 'code', 'def plain(): return 1');
  await expect(bench.panel.getByRole('button', { name: 'plain (cell 1)' })).toBeVisible();
  await picture(page, '4-empty');

  await page.notebook.setCell(0, 'code', 'PRICES = {"tea": 2.5, "coffee": 3.0}');
  await page.notebook.addCell('code', '');
  await page.notebook.enterCellEditingMode(1);
  await keyboard.type('# @HTTP GET /api/price/{name}\n# ');
  await keyboard.type('query: count:integer=1\n');
  await keyboard.type('def price(name: str, count: int):\nreturn PRICES[name] * count');
  await expect(page.locator('.nl-Underline')).toHaveText(['integer']);
  await keyboard.press('F8');
  await expect(page.locator('.nl-Tooltip')).toContainText('Did you mean');
  await picture(page, '5-mistake');

  // The focus may be lost while the theme changes.
  await page.notebook.enterCellEditingMode(1);
  await keyboard.press('Control+.');
  await expect(page.getByRole('menu').filter({ hasText: 'Fix:' })).toBeVisible();
  await picture(page, '6-fixes');
  // A menu may close while the theme changes; writing.spec.ts goes through it.
  await keyboard.press('Escape');
  await bench.section('problems').getByRole('button', { name: 'Fix: change' }).click();
  await expect(page.locator('.nl-Underline')).toHaveCount(0);
  await keyboard.press('Home');
  await page.notebook.addCell('code', '');
  await page.notebook.enterCellEditingMode(2);
  await keyboard.type('"""\n@');
  await expect(page.locator('.jp-Completer-item').first()).toBeVisible();
  await picture(page, '7-completion');
});
