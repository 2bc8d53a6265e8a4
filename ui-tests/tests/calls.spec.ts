/**
 * Calls from outside leave a trace: failures until somebody has looked, a process that came back.
 */
import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';
import { screenshot } from './themes';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const FAILS = `"""
@HTTP
GET /api/fails
"""
def fails():
    return 1 / 0`;
const DIES = `"""
@HTTP
GET /api/dies
"""
def dies():
    import os
    os.kill(os.getpid(), 9)`;

test('failures of other callers and of the server are told until they are over', async ({
  page,
  tmpPath
}) => {
  const bench = new Bench(page, tmpPath);
  await bench.openCells('calls.ipynb', [FAILS, DIES]);
  await bench.serve();
  await bench.lens('GET /api/fails').getByRole('button', { name: 'Copy URL' }).click();
  const url = await page.evaluate(() => navigator.clipboard.readText());
  for (let count = 0; count < 3; count += 1) {
    expect((await page.request.get(url)).status()).toBe(500);
  }
  await expect(bench.status).toContainText('3 failures');
  const row = bench.section('endpoints').locator('.nl-Item', { hasText: '/api/fails' });
  await expect(row).toContainText('3 failures, see Calls');
  const calls = bench.section('calls');
  await expect(calls.locator('.nl-Call')).toHaveCount(3);
  await calls.locator('.nl-Call-line').first().click();
  await expect(calls).toContainText('ZeroDivisionError');
  await screenshot(page, 'calls');
  await expect(bench.status).toContainText('2 failures');
  await calls.getByRole('button', { name: 'Mark as seen' }).click();
  await expect(bench.status).not.toContainText('failure');

  await page.request.get(url.replace('fails', 'dies'));
  await expect(bench.section('server')).toContainText('what it held in memory is lost', {
    timeout: 30000
  });
  await bench.section('server').getByRole('button', { name: 'Got it' }).click();
  await expect(bench.section('server')).not.toContainText('memory is lost');

  // Nothing stays live while the server is not reached.
  await page.context().setOffline(true);
  await bench.reaches('Server not reached');
  await expect(bench.lens('GET /api/fails')).toContainText('Server not reached');
  await page.context().setOffline(false);
  await bench.reaches('Live');
});
