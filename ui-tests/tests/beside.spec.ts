/**
 * Two notebooks side by side: what stands at one of them acts on that one.
 */
import { expect, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { Bench } from './notebook';

const CELL = (word: string): string =>
  `"""\n@HTTP\nGET /api/${word}\n"""\ndef ${word}():\n    return "${word}"`;
const BROKEN = '"""\n@HTTP\nGET /api/x\nquery:\n  a: int\n"""\ndef x(aa: int):\n    return aa';

test('buttons act on their own notebook, whichever is in front', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.openCells('left.ipynb', [CELL('left')]);
  await bench.openCells('right.ipynb', [CELL('right')]);
  await page.setViewportSize({ width: 1800, height: 900 });
  await putBeside(page, 'left.ipynb', 'right.ipynb');
  const panel = (name: string): Locator =>
    page.locator('.jp-NotebookPanel').filter({ hasText: `/api/${name}` });
  const button = (name: string): Locator =>
    panel(name).locator('jp-button[data-command="neutrino-lab:toggle-serving"]');
  const [left, right] = [button('left'), button('right')];

  await left.click();
  await page.getByRole('button', { name: 'Trust and serve' }).click();
  await expect(left).toHaveAttribute('aria-label', /^Stop/);
  await expect(panel('left').locator('.nl-LensRow .nl-StatusKind')).toHaveText('Live', {
    timeout: 30000
  });
  await panel('right').locator('.jp-Cell').first().click();
  await expect(page.locator('.nl-Panel-notebook')).toHaveText('right.ipynb');
  await expect(left).toHaveAttribute('aria-label', /^Stop/);
  await expect(right).toHaveAttribute('aria-label', /^Serve/);

  // The button of the other notebook, while this one is in front: by keyboard, so that it stays so.
  await right.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Trust and serve' }).click();
  await expect(panel('right').locator('.nl-LensRow .nl-StatusKind')).toHaveText('Live', {
    timeout: 30000
  });
  await expect(panel('left').locator('.nl-LensRow .nl-StatusKind')).toHaveText('Live');

  await panel('left').getByRole('button', { name: 'More about GET /api/left' }).click();
  await page.getByRole('menuitem', { name: 'Stop Serving Notebook' }).click();
  await expect(panel('left').locator('.nl-LensRow .nl-StatusKind')).toHaveText('Not served');
  await expect(panel('right').locator('.nl-LensRow .nl-StatusKind')).toHaveText('Live');
});

test('Fix in a hover edits the notebook that it hovers over', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  // A copy: cells have the same ids.
  await bench.openCells('first.ipynb', [BROKEN, '# first']);
  await bench.openCells('second.ipynb', [BROKEN, '# second']);
  await putBeside(page, 'first.ipynb', 'second.ipynb');
  const panel = (name: string): Locator =>
    page.locator('.jp-NotebookPanel').filter({ hasText: `# ${name}` });
  await panel('second').locator('.jp-Cell').last().click();
  await expect(page.locator('.nl-Panel-notebook')).toHaveText('second.ipynb');
  await panel('first').locator('.nl-Underline').first().hover();
  const fix = page.locator('.nl-Tooltip').getByRole('button').first();
  await fix.click();
  await expect(panel('first').locator('.cm-content').first()).toContainText('query:  aa: int');
  await expect(panel('second').locator('.cm-content').first()).toContainText('query:  a: int');
});

/** Put two open notebooks into two columns. */
async function putBeside(page: IJupyterLabPageFixture, left: string, right: string): Promise<void> {
  await page.evaluate(
    names => {
      const { shell } = window.jupyterapp;
      const widgets = [...shell.widgets('main')];
      const [first, second] = names.map(name => widgets.find(each => each.title.label === name));
      if (first && second) {
        shell.add(second, 'main', { mode: 'split-right', ref: first.id });
        shell.activateById(first.id);
      }
    },
    [left, right]
  );
}
