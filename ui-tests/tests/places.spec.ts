import { expect, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import { Bench } from './notebook';

const CELLS = 100;
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

/** Change a setting, as the editor of the settings does. */
async function set(
  page: IJupyterLabPageFixture,
  plugin: string,
  key: string,
  value: string
): Promise<void> {
  await page.evaluate(
    async args => {
      const registry = await window.galata.getPlugin('@jupyterlab/apputils-extension:settings');
      await registry?.set(...args);
    },
    [plugin, key, value] as const
  );
}

test('every declarative cell in view has its lens, in each windowing mode, or none has', async ({
  page,
  tmpPath
}) => {
  const bench = new Bench(page, tmpPath);
  const rows = bench.section('endpoints');
  await page.contents.uploadContent(long(), 'text', `${tmpPath}/long.ipynb`);
  await page.sidebar.openTab('neutrino-lab-panel');
  for (const mode of ['full', 'contentVisibility', 'none']) {
    await test.step(`windowing mode ${mode}`, async () => {
      await set(page, '@jupyterlab/notebook-extension:tracker', 'windowingMode', mode);
      await page.notebook.openByPath(`${tmpPath}/long.ipynb`);
      await expect(bench.lens('GET /api/n5')).toBeVisible(RENDERED);
      await rows.getByRole('button', { name: /n95\b/ }).first().press(' ');
      await expect(bench.lens('GET /api/n95')).toBeVisible(RENDERED);
      await rows.getByRole('button', { name: /n5\b/ }).first().press(' ');
      await expect(bench.lens('GET /api/n5')).toBeVisible(RENDERED);
      await expect(bench.lens('GET /api/n5')).toHaveCount(1);
      await page.notebook.close(true);
    });
  }

  await test.step('with the lens off the panel and the colours stay', async () => {
    await set(page, 'neutrino-lab:model', 'lens', 'off');
    await page.notebook.openByPath(`${tmpPath}/long.ipynb`);
    await expect(rows.getByRole('listitem')).toHaveCount(CELLS / 10);
    await expect(page.locator('.nl-Token.nl-mod-verb').first()).toHaveText('GET');
    await expect(page.locator('.nl-Lens')).toHaveCount(0);
  });
});

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
