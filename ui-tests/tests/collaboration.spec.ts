import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

/** The place of the cell that declares `GET /api/hello` in the quickstart. */
const HELLO = 3;
/** Here the server saves, a second after the last edit of anybody. */
const SAVED = { timeout: 15000 };

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('two people edit one served notebook', async ({ page, tmpPath, browser, baseURL }) => {
  const ada = new Bench(page, tmpPath);
  await ada.open();

  const context = await browser.newContext({ baseURL });
  const grace = await context.newPage();
  await grace.goto(`lab/tree/${tmpPath}/quickstart.ipynb`);
  const lens = grace.getByRole('toolbar', { name: 'Endpoint GET /api/hello,' });
  await expect(lens).toContainText('Not served', SAVED);

  await test.step('what one serves is live for both', async () => {
    // The server that saves signs what it writes, so it asks only if it has not saved yet.
    const trust = page.getByRole('button', { name: 'Trust and serve' });
    const live = ada.section('server').getByText('Live', { exact: true });
    await ada.serveButton.click();
    await expect(trust.or(live).first()).toBeVisible(SAVED);
    if (await trust.isVisible()) {
      await trust.click();
    }
    await ada.reaches('Live');
    expect(await ada.call('GET /api/hello')).toEqual({ message: 'Hello, world!' });
    await expect(lens).toContainText('Live', SAVED);
  });

  await test.step('an edit of the other is live without a save', async () => {
    const line = grace.locator('.jp-Cell').nth(HELLO).locator('.cm-line', { hasText: 'return' });
    await line.click();
    await grace.keyboard.press('End');
    await grace.keyboard.press('Backspace');
    await grace.keyboard.type(', "by": "Grace"}');
    await expect
      .poll(() => ada.call('GET /api/hello'), SAVED)
      .toEqual({ message: 'Hello, world!', by: 'Grace' });
    await expect(lens).toContainText('Live', SAVED);
    await expect(ada.lens('GET /api/hello')).toContainText('Live', SAVED);
  });

  await test.step('a mistake is told to both, and the version before goes on', async () => {
    await page.locator('.jp-Cell').nth(HELLO).locator('.cm-line', { hasText: 'def' }).click();
    await page.keyboard.press('End');
    await page.keyboard.press('Backspace');
    await ada.reaches('Problem – serving previous');
    await expect(lens).toContainText('Problem – serving previous', SAVED);
    expect(await ada.call('GET /api/hello')).toEqual({ message: 'Hello, world!', by: 'Grace' });
    await page.keyboard.type(':');
    await ada.reaches('Live');
  });

  await test.step('each has one lens to an endpoint, and Stop stops it for both', async () => {
    await expect(ada.lens('GET /api/hello')).toHaveCount(1);
    await expect(lens).toHaveCount(1);
    await ada.stop();
    await expect(lens).toContainText('Not served', SAVED);
  });
  await context.close();
});
