import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

test('opening serves nothing, and no use of it changes the bytes of a notebook', async ({
  page,
  tmpPath
}) => {
  const calls: string[] = [];
  page.on('request', request => {
    if (request.url().includes('/neutrino/api/served')) {
      calls.push(request.method());
    }
  });
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Preview');
  await bench.open();
  const before = await bench.bytes();

  await test.step('nothing is served because it was opened', async () => {
    await bench.reaches('Not served');
    expect(calls.filter(method => method !== 'GET')).toEqual([]);
  });

  await test.step('an endpoint is tried in the preview', async () => {
    await bench.lens('GET /api/hello').getByRole('button', { name: /^Try/ }).click();
    await pane.getByLabel('name', { exact: true }).fill('Ada');
    await pane.getByRole('button', { name: 'Serve and send' }).click();
    await page.getByRole('button', { name: 'Trust and serve' }).click();
    await expect(pane.locator('.nl-Status-line')).toContainText('200', { timeout: 20000 });
    await bench.stop();
    await page
      .locator('.lm-TabBar-tab', { hasText: 'GET /api/hello' })
      .locator('.lm-TabBar-tabCloseIcon')
      .click();
    await expect(pane).toHaveCount(0);
    expect(await bench.bytes()).toBe(before);
  });

  await test.step('it is served, stopped and closed', async () => {
    // It is trusted by now.
    await bench.serveButton.click();
    await bench.reaches('Live');
    await bench.stop();
    await page.notebook.close(true);
    expect(await bench.bytes()).toBe(before);
  });
});
