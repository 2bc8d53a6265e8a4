import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

const CELLS = 200;
/** The notebook renders cells out of view when it has nothing better to do. */
const RENDERED = { timeout: 20000 };

/** A notebook with an endpoint in every tenth of many cells. */
function long(): string {
  const cells = Array.from({ length: CELLS }, (_, index) => ({
    cell_type: 'code',
    id: `cell-${index}`,
    metadata: {},
    outputs: [],
    execution_count: null,
    source:
      index % 10 === 5
        ? `"""\n@HTTP\nGET /api/n${index}\n"""\ndef f${index}():\n    return ${index}`
        : `x${index} = [\n    ${index},\n]`
  }));
  const kernelspec = { name: 'python3', display_name: 'Python 3', language: 'python' };
  return JSON.stringify({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}

for (const mode of ['full', 'contentVisibility', 'none']) {
  test.describe(`windowing mode ${mode}`, () => {
    test.use({
      mockSettings: {
        '@jupyterlab/notebook-extension:tracker': { windowingMode: mode }
      }
    });

    test('every declarative cell in view has its lens', async ({ page, tmpPath }) => {
      const bench = new Bench(page, tmpPath);
      await page.contents.uploadContent(long(), 'text', `${tmpPath}/long.ipynb`);
      await page.notebook.openByPath(`${tmpPath}/long.ipynb`);
      await page.sidebar.openTab('neutrino-lab-panel');
      await expect(bench.lens('GET /api/n5')).toBeVisible(RENDERED);
      await bench
        .section('endpoints')
        .getByRole('button', { name: /n195\b/ })
        .first()
        .press(' ');
      await expect(bench.lens('GET /api/n195')).toBeVisible(RENDERED);
      await bench.section('endpoints').getByRole('button', { name: /n5\b/ }).first().press(' ');
      await expect(bench.lens('GET /api/n5')).toBeVisible(RENDERED);
      await expect(bench.lens('GET /api/n5')).toHaveCount(1);
    });
  });
}

test('a lens stays with its cell, wherever that goes', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const lens = bench.lens('GET /api/hello');
  await bench.open();
  await expect(lens).toBeVisible();

  await test.step('collapsed', async () => {
    await page.notebook.expandCellInput(3, false);
    await expect(lens).toBeVisible();
    await page.notebook.expandCellInput(3, true);
  });

  await test.step('moved, deleted, and back again', async () => {
    await page.notebook.selectCells(3);
    await page.keyboard.press('Control+Shift+ArrowUp');
    await expect(lens).toHaveCount(1);
    await page.keyboard.press('d');
    await page.keyboard.press('d');
    await expect(lens).toHaveCount(0);
    await page.keyboard.press('z');
    await expect(lens).toHaveCount(1);
  });

  await test.step('in two views, which agree', async () => {
    await page.menu.clickMenuItem('File>New View for Notebook');
    await expect(lens).toHaveCount(2);
    await expect(lens.first()).toContainText('Not served');
    await expect(lens.last()).toContainText('Not served');
  });
});

test.describe('with the lens off', () => {
  test.use({ mockSettings: { 'neutrino-lab:model': { lens: 'off' } } });

  test('panel and colours stay', async ({ page, tmpPath }) => {
    const bench = new Bench(page, tmpPath);
    await bench.open();
    await expect(bench.section('endpoints').getByRole('listitem')).toHaveCount(4);
    await expect(page.locator('.nl-Token.nl-mod-verb').first()).toHaveText('GET');
    await expect(page.locator('.nl-Lens')).toHaveCount(0);
  });
});
