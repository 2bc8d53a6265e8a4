import { expect, test } from '@jupyterlab/galata';
import type { AxeResults } from 'axe-core';
import { Bench } from './notebook';

const AXE = require.resolve('axe-core/axe.min.js');
test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const OURS = ['#neutrino-lab-panel', '.nl-Lens', '.nl-Status-button', '.nl-Announcer'];

/** What axe has to say of our parts of the page: one line for each thing. */
async function violations(bench: Bench, more: readonly string[] = []): Promise<readonly string[]> {
  await bench.page.addScriptTag({ path: AXE });
  const results = await bench.page.evaluate(
    async (parts): Promise<AxeResults> => {
      const { axe } = window as unknown as { axe: typeof import('axe-core') };
      return axe.run({ include: parts.map(part => [part]) });
    },
    [...OURS, ...more]
  );
  // Every part was really there to be looked at.
  expect(results.passes.length).toBeGreaterThan(10);
  return results.violations.flatMap(each =>
    each.nodes.map(node => `${each.id}: ${node.target.join(' ')}: ${node.failureSummary}`)
  );
}

for (const theme of ['JupyterLab Light', 'JupyterLab Dark', 'JupyterLab Dark High Contrast']) {
  test(`axe finds nothing in ${theme}`, async ({ page, tmpPath }) => {
    await page.theme.setTheme(theme);
    const bench = new Bench(page, tmpPath);
    await bench.open();
    await bench.reaches('Not served');
    expect(await violations(bench)).toEqual([]);

    await bench.serve();
    await bench.call('GET /api/hello');
    await bench.edit(3, source => source.replace('name: str)', 'nam: str)'));
    await page.notebook.save();
    await bench.reaches('Problem – serving previous');
    expect(await violations(bench)).toEqual([]);

    await page.notebook.selectCells(0);
    await page.keyboard.press('F8');
    await expect(page.locator('.nl-Tooltip button').first()).toBeVisible();
    expect(await violations(bench, ['.nl-Tooltip'])).toEqual([]);
    await bench.stop();

    await page.notebook.createNew('empty.ipynb');
    await expect(bench.panel.locator('.nl-Card')).toHaveCount(3);
    await page.notebook.setCell(0, 'code', 'def plain(): return 1');
    await expect(bench.panel.getByRole('button', { name: 'plain (cell 1)' })).toBeVisible();
    expect(await violations(bench)).toEqual([]);
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
