import { expect, test } from '@jupyterlab/galata';
import { violations } from './axe';
import { Bench } from './notebook';
import { inThemes, picture } from './themes';

const FAST = `"""
@STREAM /prices
source: every:1ms
params: factor:float=1.0
"""
import math

COUNT = 0


def prices(params: dict):
    global COUNT
    for _ in range(10):
        COUNT += 1
        if COUNT == 20:
            raise ValueError("the twentieth")
        yield round(20 + 5 * params["factor"] * math.sin(COUNT / 40), 3)
`;

test.use({ viewport: { width: 1440, height: 1000 } });

test('a fast stream is drawn, told of and changed while it runs', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.openCells('fast.ipynb', [FAST]);
  await page.sidebar.close('left');
  // It is not waited for: it asks first whether the notebook is trusted.
  await page.evaluate(path => {
    void window.jupyterapp.commands.execute('neutrino-lab:stream-source', { path });
  }, `${tmpPath}/fast.ipynb`);
  await page.getByRole('button', { name: 'Trust and serve' }).click();
  const pane = page.locator('.nl-Stream');
  const chart = pane.getByRole('img', { name: /^Values over time/ });

  // It comes faster than it can be drawn, and that is told.
  await expect(chart.locator('canvas')).toBeVisible({ timeout: 60000 });
  await expect(pane).toContainText('they came too fast', { timeout: 60000 });
  await expect(pane.locator('.nl-Stream-stats')).toContainText(/[\d,.]+ in · [\d,.]+ out · lag/);
  await expect(bench.lens('STREAM /prices').locator('.nl-Values-rate')).toContainText('/s');

  // What failed leads to its line.
  const errors = pane.getByRole('region', { name: 'Errors' });
  await expect(errors).toContainText('ValueError the twentieth');
  await errors.getByRole('button', { name: 'Cell 1, line 16' }).click();

  // Params change at the next value; what does not fit is told, and nothing is lost.
  const field = pane.getByLabel('factor: float');
  await field.fill('wide');
  await pane.getByRole('button', { name: 'Apply' }).click();
  await expect(pane.getByRole('alert')).toContainText("`factor` is 'wide'");
  await expect(field).toHaveValue('wide');
  await field.fill('3');
  await field.press('Enter');
  await expect(pane.getByRole('alert')).toHaveCount(0);
  await expect(field).toHaveValue('3');

  // The newest values once more, through a copy.
  await pane.getByRole('button', { name: 'Replay' }).click();
  await expect(pane.getByRole('region', { name: 'Rows' }).locator('tbody tr')).toHaveCount(20);

  await inThemes(page, ['light', 'dark'], async theme => {
    expect(await violations(page, ['.nl-Stream']), theme).toEqual([]);
  });

  await pane.getByRole('button', { name: 'Pause' }).click();
  await expect(pane).toContainText('Paused');
  await picture(page, 'stream');
  await pane.getByRole('button', { name: 'Resume' }).click();
  await expect(pane.getByRole('button', { name: 'Pause' })).toBeVisible();

  // A new version, and the way back.
  await page.notebook.activate('fast.ipynb');
  await bench.edit(0, source => source.replace('20 + 5', '90 + 5'));
  await page.notebook.save();
  const versions = pane.getByRole('region', { name: 'Versions' });
  await expect(versions.locator('[aria-current]')).toContainText('Version 2', { timeout: 60000 });
  await versions.getByRole('button', { name: 'Go back to version 1' }).click();
  await expect(versions.locator('[aria-current]')).toContainText('Version 1');
});
