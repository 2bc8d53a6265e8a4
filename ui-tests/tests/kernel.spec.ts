import { expect, test } from '@jupyterlab/galata';
import { violations } from './axe';
import { Bench } from './notebook';
import { inThemes, screenshot } from './themes';

const SUMMARY = 8;
const ASIDE = 5;

test('the kernel of the notebook answers what the preview sends', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Preview');
  const target = pane.getByLabel('Target');
  const targetLine = pane.locator('.nl-Request-target');
  const answer = pane.getByRole('region', { name: 'Response' });
  const status = answer.locator('.nl-Status-line');
  const send = pane.getByRole('button', { name: 'Send', exact: true });
  const runCell = targetLine.getByRole('button', { name: 'Run cell 9' });
  // Galata works in the tab that is in front, and the preview is one.
  const inNotebook = () => page.notebook.activate('quickstart.ipynb');
  const rewrite = async (cell: number, change: (source: string) => string) => {
    await inNotebook();
    await bench.edit(cell, change);
  };
  // Galata stands between the page and Jupyter, and takes every answer of it for JSON.
  await page.route(/\/api\/kernels\/[^/]+\/interrupt/, route => route.continue());
  await bench.open();
  const before = await bench.bytes();

  await test.step('a kernel that has run nothing is no default', async () => {
    await bench.lens('POST /api/summary').getByRole('button', { name: /^Try/ }).click();
    await expect(pane.getByRole('button', { name: 'Serve and send' })).toBeVisible();
    await expect(target).toHaveValue('worker');
    await target.press('ArrowDown');
    await expect(target).toHaveValue('kernel');
  });

  await test.step('what has not run is named, and run from here', async () => {
    const missing = 'Run cell 9 first: “summary” is not defined in the kernel';
    await expect(targetLine).toContainText(missing);
    await send.click();
    await expect(answer).toContainText(missing);
    await runCell.click();
    await expect(targetLine).toContainText('Ready');
  });

  await test.step('a failure leads to its cell and line', async () => {
    await send.click();
    await expect(status).toContainText('500');
    const failure = pane.getByRole('group', { name: 'What went wrong' });
    await expect(failure).toContainText('NameError');
    await expect(failure.getByRole('button', { name: 'Cell 9, line 13' })).toBeVisible();
    await inNotebook();
    await page.notebook.runCell(1);
    await send.click();
    await expect(status).toContainText('200 OK');
    await expect(answer.locator('pre')).toContainText('"count": 3');
  });

  await test.step('a refusal lands on its field', async () => {
    await pane.getByLabel('values').fill('[1, "x"]');
    await page.keyboard.press('Control+Enter');
    await expect(status).toContainText('422');
    await expect(pane.getByLabel('values')).toHaveAttribute('aria-invalid', 'true');
    await pane.getByLabel('values').fill('[1, 2, 3]');
  });

  await test.step('an edit answers once it has run', async () => {
    await rewrite(SUMMARY, source => source.replace('len(values)', '-len(values)'));
    await expect(targetLine).toContainText('Edited, not run');
    await runCell.click();
    await expect(targetLine).toContainText('Ready');
    await send.click();
    await expect(answer.locator('pre')).toContainText('"count": -3');
  });

  await test.step('axe finds nothing', async () => {
    await inThemes(page, ['light', 'dark'], async theme => {
      await screenshot(page, `kernel-${theme}`);
      expect(await violations(page, ['.nl-Preview'])).toEqual([]);
    });
  });

  await test.step('a call waits for a busy kernel, and is withdrawn without harm', async () => {
    await rewrite(ASIDE, () => 'import time\ntime.sleep(2)\n"slept"');
    await page.notebook.selectCells(ASIDE);
    await page.keyboard.press('Shift+Enter');
    await expect(targetLine).toContainText(/Busy.*queue 1/);
    await send.click();
    await expect(status).toContainText('Waiting for the answer');
    await screenshot(page, 'kernel-busy');
    await pane.getByRole('button', { name: 'Cancel' }).click();
    await expect(status).toContainText('Cancelled');
    await expect(targetLine).toContainText('Ready');
    await expect(page.locator('.jp-Cell').nth(ASIDE)).toContainText("'slept'");
  });

  await test.step('a call that runs is interrupted, and the kernel goes on', async () => {
    const endless = '    import time\n    while True:\n        time.sleep(0.01)\n';
    await rewrite(SUMMARY, source =>
      source.replace('    if not values', `${endless}    if not values`)
    );
    await runCell.click();
    await expect(targetLine).toContainText('Ready');
    await send.click();
    await expect(page.locator('.jp-Notebook-ExecutionIndicator')).toHaveAttribute(
      'data-status',
      'busy'
    );
    await pane.getByRole('button', { name: 'Cancel' }).click();
    await expect(status).toContainText('Cancelled');
    await expect(targetLine).toContainText('Ready');
  });

  await test.step('without a kernel it says so', async () => {
    await inNotebook();
    await page.menu.clickMenuItem('Kernel>Shut Down Kernel');
    await expect(targetLine).toContainText('The notebook has no kernel.');
    await send.click();
    await expect(answer).toContainText('The notebook has no kernel.');
    await screenshot(page, 'kernel-none');
  });
  expect(await bench.bytes()).toBe(before);
});
