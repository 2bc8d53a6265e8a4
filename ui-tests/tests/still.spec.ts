/**
 * What stands still: rows keep their line, and nothing moves while somebody types.
 */
import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

/** Where everything is that must not move; a notebook scrolls, so of its rows only the width counts. */
function places(bench: Bench): Promise<unknown> {
  return bench.page.evaluate(() => {
    const boxes = (selector: string): DOMRect[] =>
      [...document.querySelectorAll(selector)].map(each => each.getBoundingClientRect());
    const lens = '.jp-Cell.jp-mod-active .nl-LensRow';
    return {
      panel: boxes('.nl-Section, .nl-Panel-tools .nl-Button').map(each => each.toJSON()),
      preview: boxes('.nl-Request-actions > .nl-Button, .nl-Tabs').map(each => each.toJSON()),
      row: boxes(lens).map(({ width, height }) => [width, height]),
      end: boxes(`${lens} > :is(.nl-Button, [data-rank='5'], [data-rank='2'])`).map(
        ({ left, width }) => [left, width]
      )
    };
  });
}

test('lens rows stay on one line at every width, and nothing moves on a key press', async ({
  page,
  tmpPath
}) => {
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

  await test.step('a key press moves nothing', async () => {
    await bench.lens('GET /api/hello').getByRole('button', { name: /^Try/ }).click();
    const field = page.locator('.nl-Preview').getByLabel('name', { exact: true });
    await expect(field).toBeFocused();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+End');
    await expect(page.locator('.jp-Cell.jp-mod-active .jp-Editor :focus')).toHaveCount(1);
    const before = await places(bench);
    await page.keyboard.type('# still');
    await expect(bench.lens('GET /api/hello')).toContainText('Edited, not saved');
    expect(await places(bench)).toEqual(before);
  });
  await bench.stop();
});
