import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

test('opening, serving and closing leave the bytes of the notebook alone', async ({
  page,
  tmpPath
}) => {
  const bench = new Bench(page, tmpPath);
  await bench.open();
  const before = await bench.bytes();
  await bench.serve();
  await bench.stop();
  await page.notebook.close(true);
  expect(await bench.bytes()).toBe(before);
});

test('nothing is served because a notebook was opened', async ({ page, tmpPath }) => {
  const calls: string[] = [];
  page.on('request', request => {
    if (request.url().includes('/neutrino/api/served')) {
      calls.push(request.method());
    }
  });
  const bench = new Bench(page, tmpPath);
  await bench.open();
  await bench.reaches('Not served');
  expect(calls.filter(method => method !== 'GET')).toEqual([]);
});
