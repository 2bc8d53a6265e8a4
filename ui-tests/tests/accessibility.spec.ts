import { expect, test } from '@jupyterlab/galata';
import { violations } from './axe';
import { Bench } from './notebook';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const OURS = ['#neutrino-lab-panel', '.nl-Lens', '.nl-Status-button', '.nl-Announcer'];

for (const theme of ['JupyterLab Light', 'JupyterLab Dark', 'JupyterLab Dark High Contrast']) {
  test(`axe finds nothing in ${theme}`, async ({ page, tmpPath }) => {
    await page.theme.setTheme(theme);
    const bench = new Bench(page, tmpPath);
    await bench.open();
    await bench.reaches('Not served');
    expect(await violations(page, OURS)).toEqual([]);

    await bench.serve();
    await bench.call('GET /api/hello');
    await bench.edit(3, source => source.replace('name: str)', 'nam: str)'));
    await page.notebook.save();
    await bench.reaches('Problem – serving previous');
    expect(await violations(page, OURS)).toEqual([]);
    await bench.stop();
  });

  test(`axe finds nothing while writing in ${theme}`, async ({ page, tmpPath }) => {
    await page.theme.setTheme(theme);
    const bench = new Bench(page, tmpPath);
    await bench.open();
    await bench.edit(3, source => source.replace('name: str)', 'nam: str)'));
    await expect(page.locator('.nl-Underline').first()).toBeVisible();
    await page.notebook.selectCells(0);
    await page.keyboard.press('F8');
    await expect(page.locator('.nl-Tooltip button').first()).toBeVisible();
    expect(await violations(page, [...OURS, '.nl-Tooltip'])).toEqual([]);

    await page.notebook.createNew('empty.ipynb');
    await expect(bench.panel.locator('.nl-Card')).toHaveCount(3);
    await page.notebook.setCell(0, 'code', 'def plain(): return 1');
    await expect(bench.panel.getByRole('button', { name: 'plain (cell 1)' })).toBeVisible();
    expect(await violations(page, OURS)).toEqual([]);
  });
}

test('targets are at least 24 pixels each way', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.open();
  await bench.serve();
  const small = await page
    .locator('#neutrino-lab-panel button, .nl-Lens button, .nl-Status-button')
    .evaluateAll(buttons =>
      buttons
        .map(button => ({ text: button.textContent, box: button.getBoundingClientRect() }))
        .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
        .map(({ text, box }) => `${text} ${box.width}x${box.height}`)
    );
  expect(small).toEqual([]);
  await bench.stop();
});
