import { expect, test } from '@jupyterlab/galata';
import { violations } from './axe';
import { Bench } from './notebook';
import { inThemes, picture } from './themes';

const REPORT = 'CRON morning_report';

test.use({ viewport: { width: 1440, height: 900 } });

test('a schedule tells when it runs and what became of it', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Timeline');
  const runs = pane.getByRole('region', { name: 'Runs', exact: true });
  await bench.openChanged('scheduled_work.ipynb', 5, source =>
    source.replace(
      '    reports.append',
      '    print("summed up")\n    1 / len(samples)\n    reports.append'
    )
  );
  await page.sidebar.close('left');
  await bench
    .lens(REPORT)
    .getByRole('button', { name: /^Timeline/ })
    .click();

  // Before Serve, nothing is armed, and the times are what would be.
  await expect(pane).toContainText('at 08:30:00, Monday to Friday');
  await expect(pane).toContainText('Nothing is armed');
  await expect(pane.getByRole('region', { name: 'Would run' })).toContainText('8:30');
  await expect(pane.getByRole('img', { name: /^From now to \d+ days from now: / })).toBeVisible();
  await expect(pane.getByRole('button', { name: 'Run now' })).toHaveAttribute(
    'title',
    'Serve the notebook first'
  );
  await pane.getByLabel('Times in').selectOption('utc');
  await expect(pane.getByRole('region', { name: 'Would run' })).toContainText('UTC');

  await pane.getByRole('button', { name: 'Serve notebook' }).click();
  await page.getByRole('button', { name: 'Trust and serve' }).click();
  await expect(pane.getByRole('region', { name: 'Next runs' })).toContainText('in ', {
    timeout: 20000
  });
  await expect(runs).toContainText('It has not run');

  // A run that fails leads to its line.
  await pane.getByRole('button', { name: 'Run now' }).click();
  await expect(runs.locator('.nl-Run')).toHaveCount(1);
  await expect(runs).toContainText('failed');
  await expect(runs).toContainText('summed up');
  await expect(runs).toContainText('ZeroDivisionError: division by zero');
  await runs.locator('summary').click();
  await expect(runs).toContainText('1 / len(samples)');

  // The other schedule prints, and its run makes the report work.
  await bench
    .section('schedules')
    .getByRole('button', { name: /^Run EVERY take_sample now/ })
    .click();
  await pane.getByRole('button', { name: 'Run now' }).click();
  await expect(runs.locator('.nl-Run')).toHaveCount(2);
  await expect(runs.locator('.nl-Run').first()).toContainText('ok');
  await expect(runs).toContainText('1 ok · 1 failed');
  await inThemes(page, ['light', 'dark'], async theme => {
    expect(await violations(page, ['.nl-Preview', '.nl-Lens']), theme).toEqual([]);
  });

  await pane.getByRole('button', { name: 'Pause' }).click();
  await expect(bench.lens(REPORT)).toContainText('Paused');
  await expect(pane.getByRole('region', { name: 'Would run, were it not paused' })).toBeVisible();
  await picture(page, 'timeline');
  await pane.getByRole('button', { name: 'Resume' }).click();
  await expect(bench.lens(REPORT)).toContainText('Live');

  await page.getByLabel('Endpoint', { exact: true }).selectOption({ index: 0 });
  await expect(pane).toContainText('every 30 seconds');
  await expect(runs).toContainText('the disk is');
  await picture(page, 'timeline-every');
  await page.getByLabel('Endpoint', { exact: true }).selectOption({ index: 1 });

  await runs.getByRole('button', { name: /^Cell 6, line/ }).click();
  await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText('1 / len(samples)');
  await expect(page.locator('#jp-main-statusbar')).toContainText('Ln 17, Col 1');
  await bench.stop();
  await expect(pane).toContainText('Nothing is armed');
});
