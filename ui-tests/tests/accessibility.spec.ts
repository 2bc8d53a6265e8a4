import { expect, test } from '@jupyterlab/galata';
import { tooSmall, violations } from './axe';
import { Bench } from './notebook';
import { inThemes } from './themes';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const OURS = ['#neutrino-lab-panel', '.nl-Lens', '.nl-Status-button', '.nl-Announcer'];

/** In no theme is anything wrong with these parts. */
async function expectSound(bench: Bench, parts = OURS): Promise<void> {
  await inThemes(bench.page, ['light', 'dark', 'contrast'], async theme => {
    expect(await violations(bench.page, parts), theme).toEqual([]);
  });
}

test('axe finds nothing, whatever the state', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.open();
  await bench.reaches('Not served');
  await expectSound(bench);

  await bench.serve();
  await bench.call('GET /api/hello');
  const targets = page.locator('#neutrino-lab-panel button, .nl-Lens button, .nl-Status-button');
  expect(await tooSmall(targets, { width: 24, height: 24 })).toEqual([]);
  await bench.edit(3, source => source.replace('name: str)', 'nam: str)'));
  await page.notebook.save();
  await bench.reaches('Problem – serving previous');
  await expectSound(bench);
  await bench.stop();
});

test('axe finds nothing while writing', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.open();
  await bench.edit(3, source => source.replace('name: str)', 'nam: str)'));
  await expect(page.locator('.nl-Underline').first()).toBeVisible();
  await page.notebook.selectCells(0);
  await page.keyboard.press('F8');
  await expect(page.locator('.nl-Tooltip button').first()).toBeVisible();
  await expectSound(bench, [...OURS, '.nl-Tooltip']);

  await page.notebook.createNew('empty.ipynb');
  await expect(bench.panel.locator('.nl-Card')).toHaveCount(3);
  await page.notebook.setCell(0, 'code', 'def plain(): return 1');
  await expect(bench.panel.getByRole('button', { name: 'plain (cell 1)' })).toBeVisible();
  await expectSound(bench);
});
