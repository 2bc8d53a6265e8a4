import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

const FOLDER = 'screenshots';

test.use({ viewport: { width: 1440, height: 900 } });

for (const theme of ['light', 'dark'] as const) {
  test(`pictures for people to look at, ${theme}`, async ({ page, tmpPath }) => {
    if (theme === 'dark') {
      await page.theme.setDarkTheme();
    }
    const bench = new Bench(page, tmpPath);
    await bench.open();
    await page.sidebar.setWidth(360, 'right');
    await bench.reaches('Not served');
    await page.screenshot({ path: `${FOLDER}/${theme}-1-opened.png` });

    await bench.serve();
    for (const name of ['Ada', 'Grace', 'Edsger', 'Alan', 'Barbara']) {
      const root = await bench.section('server').locator('.nl-Server-url').textContent();
      await page.request.get(`${root}api/hello?name=${name}`);
      await page.request.post(`${root}api/summary`, { data: { values: [1, 2, name] } });
    }
    await expect(bench.lens('GET /api/hello').locator('.nl-Calls')).toContainText('ms');
    await page.screenshot({ path: `${FOLDER}/${theme}-2-live.png` });

    await bench.edit(3, source => source.replace('name: str)', 'nam: str)'));
    await page.notebook.save();
    await bench.reaches('Problem – serving previous');
    await page.screenshot({ path: `${FOLDER}/${theme}-3-problem.png` });
    await bench.stop();
  });

  test(`pictures of writing, ${theme}`, async ({ page, tmpPath }) => {
    if (theme === 'dark') {
      await page.theme.setDarkTheme();
    }
    const bench = new Bench(page, tmpPath);
    const { keyboard } = page;
    await page.notebook.createNew('prices.ipynb');
    await page.sidebar.openTab('neutrino-lab-panel');
    await page.sidebar.setWidth(360, 'right');
    await page.notebook.setCell(0, 'code', 'def plain(): return 1');
    await expect(bench.panel.getByRole('button', { name: 'plain (cell 1)' })).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/${theme}-4-empty.png` });

    await page.notebook.setCell(0, 'code', 'PRICES = {"tea": 2.5, "coffee": 3.0}');
    await page.notebook.addCell('code', '');
    await page.notebook.enterCellEditingMode(1);
    await keyboard.type('# @HTTP GET /api/price/{name}\n# ');
    await keyboard.type('query: count:integer=1\n');
    await keyboard.type('def price(name: str, count: int):\nreturn PRICES[name] * count');
    await expect(page.locator('.nl-Underline')).toHaveText(['integer']);
    await keyboard.press('F8');
    await expect(page.locator('.nl-Tooltip')).toContainText('did you mean');
    await page.screenshot({ path: `${FOLDER}/${theme}-5-mistake.png` });

    await keyboard.press('Control+.');
    await page.screenshot({ path: `${FOLDER}/${theme}-6-fixes.png` });
    await keyboard.press('Enter');
    await expect(page.locator('.nl-Underline')).toHaveCount(0);
    await keyboard.press('Home');
    await page.notebook.addCell('code', '');
    await page.notebook.enterCellEditingMode(2);
    await keyboard.type('"""\n@');
    await expect(page.locator('.jp-Completer-item').first()).toBeVisible();
    await page.screenshot({ path: `${FOLDER}/${theme}-7-completion.png` });
  });
}
