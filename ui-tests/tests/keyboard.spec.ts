import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

test('the whole way by keyboard alone', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const { keyboard } = page;
  await bench.open();
  await page.notebook.selectCells(0);

  await test.step('N G goes to the next cell that declares something', async () => {
    await keyboard.press('n');
    await keyboard.press('g');
    await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText('/api/hello');
  });

  await test.step('N S serves, after a question that the keyboard answers', async () => {
    await keyboard.press('n');
    await keyboard.press('s');
    await expect(page.getByRole('dialog')).toContainText('untrusted');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await bench.reaches('Live');
  });

  await test.step('N U copies the URL of the active cell', async () => {
    await keyboard.press('n');
    await keyboard.press('u');
    const url = await page.evaluate(() => navigator.clipboard.readText());
    expect(url).toMatch(/\/neutrino\/live\/[0-9a-f]+\/api\/hello$/);
    const answer = await page.request.get(`${url}?name=Ada`);
    expect(await answer.json()).toEqual({ message: 'Hello, Ada!' });
  });

  await test.step('an edit goes live with Ctrl S', async () => {
    await keyboard.press('Enter');
    await keyboard.press('Control+End');
    await keyboard.press('Enter');
    await keyboard.type('# edited');
    await expect(bench.lens('GET /api/hello')).toContainText('Edited, not saved');
    await keyboard.press('Control+s');
    await expect(bench.lens('GET /api/hello')).toContainText('Live');
    await keyboard.press('Escape');
  });

  await test.step('a broken save leaves the old one answering until it is mended', async () => {
    await keyboard.press('Enter');
    await keyboard.press('Control+End');
    await keyboard.press('Enter');
    await keyboard.type('def broken(');
    await keyboard.press('Control+s');
    await bench.reaches('Problem – serving previous');
    const url = await page.evaluate(() => navigator.clipboard.readText());
    expect(await (await page.request.get(url)).json()).toEqual({ message: 'Hello, world!' });
    await keyboard.press('Shift+Home');
    await keyboard.press('Delete');
    await keyboard.press('Control+Shift+End');
    await keyboard.press('Delete');
    await keyboard.press('Control+s');
    await bench.reaches('Live');
    await keyboard.press('Escape');
  });

  await test.step('the lens is one stop, with arrows inside, and Escape goes back', async () => {
    const lens = bench.lens('GET /api/hello');
    await keyboard.press('Tab');
    await expect(lens.getByRole('button', { name: 'Copy URL' })).toBeFocused();
    await keyboard.press('ArrowRight');
    await expect(lens.getByRole('button', { name: /^Try/ })).toBeFocused();
    await keyboard.press('ArrowRight');
    await expect(lens.getByRole('button', { name: /^More/ })).toBeFocused();
    await keyboard.press('ArrowRight');
    await expect(lens.getByRole('button', { name: 'Copy URL' })).toBeFocused();
    await keyboard.press('Escape');
    await expect(page.locator('.jp-Cell.jp-mod-active')).toBeFocused();
  });

  await test.step('the palette leads to the panel, and the panel to a cell', async () => {
    await keyboard.press('Control+Shift+c');
    await keyboard.type('Show Endpoints');
    await expect(page.locator('.lm-CommandPalette-item.lm-mod-active')).toContainText(
      'Show Endpoints'
    );
    await keyboard.press('Enter');
    await expect(bench.panel.locator(':focus')).toHaveCount(1);
    const row = (start: string) => bench.panel.locator(`button[title^="${start}"]`);
    await bench.panel.getByRole('searchbox', { name: 'Filter endpoints' }).focus();
    await keyboard.press('Tab');
    for (let count = 0; count < 8; count += 1) {
      const isThere = await row('GET /api/hello').evaluate(node => node === document.activeElement);
      if (isThere) {
        break;
      }
      await keyboard.press('Tab');
    }
    // The list is one stop, with arrows from row to row.
    await keyboard.press('ArrowDown');
    await expect(row('POST /api/summary')).toBeFocused();
    await keyboard.press('Space');
    await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText('/api/summary');
    await expect(page.locator('.jp-Cell.jp-mod-active')).toBeFocused();
  });

  await test.step('N S stops it again', async () => {
    await keyboard.press('n');
    await keyboard.press('s');
    await bench.reaches('Not served');
  });

  await test.step('the keys of the notebook are left alone', async () => {
    const count = await page.notebook.getCellCount();
    await page.notebook.selectCells(2);
    await keyboard.press('n');
    await keyboard.press('n');
    await keyboard.press('b');
    await expect.poll(() => page.notebook.getCellCount()).toBe(count + 1);
    await keyboard.press('d');
    await keyboard.press('d');
    await expect.poll(() => page.notebook.getCellCount()).toBe(count);
    await page.notebook.enterCellEditingMode(1);
    await keyboard.press('Control+Home');
    await keyboard.type('ns nu ');
    expect(await page.notebook.getCellTextInput(1)).toMatch(/^ns nu /);
  });
});
