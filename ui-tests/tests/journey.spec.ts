import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

/** The place of the cell that declares `GET /api/hello` in the quickstart. */
const HELLO = 3;

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('serve, call, edit, break, mend and stop the quickstart', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await bench.open();

  await test.step('its endpoints are listed, and nothing runs yet', async () => {
    await expect(bench.section('endpoints').getByRole('listitem')).toHaveCount(4);
    await expect(bench.section('websockets').getByRole('listitem')).toHaveCount(1);
    await expect(bench.section('schedules').getByRole('listitem')).toHaveCount(1);
    await bench.reaches('Not served');
  });

  await test.step('Serve brings it up', async () => {
    await bench.serve();
    await expect(bench.lens('GET /api/hello')).toContainText('Live');
    await expect(bench.status).toContainText('Live');
  });

  await test.step('an endpoint answers, and its lens shows the call', async () => {
    expect(await bench.call('GET /api/hello', '?name=Ada')).toEqual({ message: 'Hello, Ada!' });
    await expect(bench.lens('GET /api/hello').locator('.nl-Calls')).toContainText('ms');
  });

  await test.step('an edit waits for the save', async () => {
    await bench.edit(HELLO, source => source.replace('Hello', 'Good day'));
    await expect(bench.lens('GET /api/hello')).toContainText('Edited, not saved');
    expect(await bench.call('GET /api/hello')).toEqual({ message: 'Hello, world!' });
    await page.notebook.save();
    await expect(bench.lens('GET /api/hello')).toContainText('Live');
    await expect.poll(() => bench.call('GET /api/hello')).toEqual({ message: 'Good day, world!' });
  });

  await test.step('a broken save leaves the old one answering, and says why', async () => {
    await bench.edit(HELLO, source =>
      source.replace('def hello(name: str)', 'def hello(nam: str)')
    );
    await page.notebook.save();
    await bench.reaches('Problem – serving previous');
    await expect(bench.lens('GET /api/hello')).toContainText('Problem – serving previous');
    await expect(bench.section('problems')).toContainText('cell 4');
    expect(await bench.call('GET /api/hello')).toEqual({ message: 'Good day, world!' });
  });

  await test.step('a problem leads to its cell', async () => {
    await bench
      .section('problems')
      .getByRole('button', { name: /cell 4/ })
      .first()
      .click();
    expect(await page.notebook.isCellInEditingMode(HELLO)).toBe(true);
  });

  await test.step('mending it makes the new one live', async () => {
    await bench.edit(HELLO, source =>
      source.replace('def hello(nam: str)', 'def hello(name: str)').replace('Good day', 'Hi')
    );
    await page.notebook.save();
    await bench.reaches('Live');
    await expect.poll(() => bench.call('GET /api/hello')).toEqual({ message: 'Hi, world!' });
  });

  await test.step('Stop ends it', async () => {
    await bench.stop();
    await expect(bench.lens('GET /api/hello')).toContainText('Not served');
  });
});

test.describe('where saves are not followed', () => {
  test.use({ mockSettings: { 'neutrino-lab:model': { reload: 'never' } } });

  test('a save waits until it is made live', async ({ page, tmpPath }) => {
    const bench = new Bench(page, tmpPath);
    await bench.open();
    await bench.serve();
    await bench.edit(HELLO, source => source.replace('Hello', 'Good day'));
    await page.notebook.save();
    await bench.reaches('Saved, not live');
    expect(await bench.call('GET /api/hello')).toEqual({ message: 'Hello, world!' });
    await expect(bench.lens('POST /api/summary')).toContainText('Live');
    await bench.lens('GET /api/hello').getByRole('button', { name: 'Make live' }).click();
    await bench.reaches('Live');
    expect(await bench.call('GET /api/hello')).toEqual({ message: 'Good day, world!' });

    // The list of what runs has it as well, and stops it.
    await page.sidebar.openTab('jp-running-sessions');
    const item = page.locator('.jp-RunningSessions-item', { hasText: 'quickstart.ipynb' }).last();
    await item.hover();
    await item.locator('.jp-RunningSessions-itemShutdown').click();
    await bench.reaches('Not served');
  });
});
