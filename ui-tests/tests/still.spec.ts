/**
 * What stands still: the rows above cells keep their line and their height.
 */
import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

test('lens rows stay on one line at every width', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await page.setViewportSize({ width: 1440, height: 900 });
  await bench.open();
  await bench.serve();
  const rows = page.locator('.nl-LensRow');

  await test.step('what does not fit goes into the menu, and comes back', async () => {
    const hello = bench.lens('GET /api/hello');
    await expect(hello.getByRole('button', { name: 'Copy URL' })).toBeVisible();
    for (const width of [1440, 1100, 960]) {
      await page.setViewportSize({ width, height: 700 });
      // A cell that is out of view is measured when it comes into view.
      await expect
        .poll(() =>
          rows.evaluateAll(all =>
            all
              .filter(each => each.checkVisibility({ contentVisibilityAuto: true }))
              .filter(each => each.clientHeight !== 26 || each.scrollWidth > each.clientWidth)
              .map(each => each.textContent)
          )
        )
        .toEqual([]);
    }
    await expect(hello.getByRole('button', { name: 'Copy URL' })).toBeHidden();
    await hello.getByRole('button', { name: /^More/ }).click();
    await expect(page.getByRole('menuitem', { name: 'Copy Endpoint URL' })).toBeVisible();
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 1440, height: 900 });
    await expect(hello.getByRole('button', { name: 'Copy URL' })).toBeVisible();
  });

  await test.step('nothing of it moves when somebody types', async () => {
    await page.setViewportSize({ width: 960, height: 700 });
    const hello = bench.lens('GET /api/hello');
    const kept = [
      hello.locator('.nl-LensRow-subject'),
      hello.getByRole('button', { name: /^Try/ }),
      hello.getByRole('button', { name: /^More/ })
    ];
    await expect(hello.getByRole('button', { name: 'Copy URL' })).toBeHidden();
    await expect(hello.getByRole('button', { name: /^Try/ })).toBeVisible();
    // The notebook may scroll to the cursor.
    const places = () =>
      Promise.all(
        kept.map(async each => {
          const { x, width } = (await each.boundingBox()) ?? {};
          return { x, width };
        })
      );
    await page.notebook.enterCellEditingMode(3);
    await page.keyboard.press('Control+End');
    const before = await places();
    await page.keyboard.type('  # one more');
    await expect(hello.locator('.nl-StatusKind')).toHaveText('Edited, not saved');
    expect(await places()).toEqual(before);
  });

  await bench.stop();
});
