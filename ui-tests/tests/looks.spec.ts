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
}
