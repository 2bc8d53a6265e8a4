import { expect, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { Bench } from './notebook';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });

const ACTIVE = '.jp-Cell.jp-mod-active';

/** An empty notebook, with the panel beside it and the cursor in its one cell. */
async function empty(bench: Bench, name = 'empty.ipynb'): Promise<void> {
  const { page } = bench;
  await page.notebook.createNew(name);
  await page.sidebar.openTab('neutrino-lab-panel');
  await expect(bench.panel).toContainText('declares no endpoint yet');
}

function completer(bench: Bench): Locator {
  return bench.page.locator('.jp-Completer:not(.lm-mod-hidden)');
}

/** The first of what the completer lists. */
async function offered(bench: Bench, count: number): Promise<readonly string[]> {
  const all = await completer(bench).locator('.jp-Completer-match').allTextContents();
  return all.slice(0, count).sort();
}

function cell(bench: Bench, index = 0): Promise<string> {
  return bench.page.evaluate(at => {
    const panel = window.jupyterapp.shell.currentWidget as unknown as {
      content: { model: { cells: { get(at: number): { sharedModel: { getSource(): string } } } } };
    };
    return panel.content.model.cells.get(at).sharedModel.getSource();
  }, index);
}

test('from an empty notebook to an answer, by keyboard alone', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const { keyboard } = page;
  await empty(bench);

  await test.step('a card inserts a cell that works', async () => {
    await keyboard.press('Control+Shift+c');
    await keyboard.type('Show Endpoints');
    await expect(page.locator('.lm-CommandPalette-item.lm-mod-active')).toContainText(
      'Show Endpoints'
    );
    await keyboard.press('Enter');
    await expect(bench.panel.getByRole('button', { name: /HTTP endpoint/ })).toBeFocused();
    await keyboard.press('Enter');
    await expect(page.locator(ACTIVE)).toContainText('GET /api/hello');
    await expect(page.locator(ACTIVE)).toBeFocused();
  });

  await test.step('N S serves it, and what that means is told once', async () => {
    await expect(bench.lens('GET /api/hello')).toBeVisible();
    await keyboard.press('n');
    await keyboard.press('s');
    await bench.reaches('Live');
    await expect(page.getByRole('note')).toContainText('It is live');
    await page.getByRole('note').getByRole('button', { name: 'Copy URL' }).focus();
    await keyboard.press('Enter');
    await expect(page.getByRole('note')).toHaveCount(0);
    const url = await page.evaluate(() => navigator.clipboard.readText());
    const answer = await page.request.get(`${url}?name=Ada`);
    expect(await answer.json()).toEqual({ message: 'Hello, Ada!' });
  });
  await bench.stop();
});

test('a declaration is written, mended and explained', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const { keyboard } = page;
  await empty(bench);
  await page.notebook.enterCellEditingMode(0);

  await test.step('@ offers the kinds, and whole cells', async () => {
    await keyboard.type('"""\n@');
    await expect
      .poll(() => offered(bench, 8))
      .toEqual([
        '@HTTP',
        '@HTTP endpoint',
        '@SCHEDULE',
        '@SCHEDULE schedule',
        '@STREAM',
        '@STREAM stream',
        '@WS',
        '@WS WebSocket'
      ]);
    await keyboard.type('WS Web');
    await keyboard.press('Enter');
    await expect.poll(() => cell(bench)).toMatch(/^"""\n@WS \/ws\/echo\nto: sender\n"""\nasync/);
    await expect(bench.lens('WS /ws/echo')).toBeVisible();
    await keyboard.press('Control+a');
    await keyboard.press('Delete');
  });

  await test.step('a key is completed', async () => {
    await keyboard.type('# @HTTP GET /api/double\n');
    await keyboard.type('# que');
    await keyboard.press('Tab');
    await expect.poll(() => offered(bench, 1)).toEqual(['query']);
    await keyboard.press('Enter');
    await expect.poll(() => cell(bench)).toContain('# query: ');
    await keyboard.type('n:integer\ndef double(n: int):\nreturn 2 * n');
  });

  await test.step('a mistake is underlined, F8 goes there, Escape closes what it says', async () => {
    await expect(page.locator('.nl-Underline')).toHaveText(['integer']);
    await keyboard.press('F8');
    await expect(page.locator('.nl-Tooltip')).toContainText('Did you mean int?');
    await keyboard.press('Escape');
    await expect(page.locator('.nl-Tooltip')).toHaveCount(0);
    await expect(page.locator(ACTIVE).locator('.cm-content')).toBeFocused();
  });

  await test.step('Ctrl . mends it, and one undo takes that back', async () => {
    await keyboard.press('Control+.');
    const menu = page.getByRole('menu').filter({ hasText: 'Fix:' });
    await expect(menu).toContainText('Fix: change it to int');
    await keyboard.press('Enter');
    await expect.poll(() => cell(bench)).toContain('n:int\n');
    await expect(page.locator('.nl-Underline')).toHaveCount(0);
    await expect(page.locator(ACTIVE).locator('.cm-content')).toBeFocused();
    await keyboard.press('Control+z');
    await expect.poll(() => cell(bench)).toContain('n:integer\n');
    await keyboard.press('Control+.');
    await keyboard.press('Escape');
    await expect.poll(() => cell(bench)).toContain('n:integer\n');
    await bench.section('problems').getByRole('button', { name: 'Fix: change' }).click();
    await expect.poll(() => cell(bench)).toContain('n:int\n');
  });

  await test.step('the mouse over a word explains it', async () => {
    await page.locator('.nl-Token.nl-mod-key').first().hover();
    await expect(page.locator('.nl-Tooltip')).toContainText('Values from the query string.');
  });

  await test.step('outside of declarations the completer is the usual one', async () => {
    await page.notebook.addCell('code', 'import os');
    await page.notebook.enterCellEditingMode(1);
    await keyboard.press('Control+End');
    await keyboard.type('\nos.getpgi');
    // A kernel that has only just started may take longer than the completer waits.
    await expect(async () => {
      await keyboard.press('Tab');
      await expect
        .poll(async () => [await cell(bench, 1), ...(await offered(bench, 3))].join(' '), {
          timeout: 3000
        })
        .toContain('getpgid');
    }).toPass({ timeout: 20000 });
  });
});

test('a plain function is declared from its signature', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  await empty(bench);
  const plain = 'def k_means(data: list[list[float]], n: int = 3): return n';
  await page.notebook.setCell(0, 'code', plain);
  await bench.panel.getByRole('button', { name: 'k_means (cell 1)' }).click();
  const declared = '"""\n@HTTP\nPOST /api/k-means\nbody: data:list[list[float]], n:int=3\n"""\n';
  await expect.poll(() => cell(bench)).toBe(declared + plain);
  await expect(bench.lens('POST /api/k-means')).toBeVisible();
  await expect(bench.section('problems')).toHaveCount(0);
});

test('looking changes no byte, and the launcher makes a service', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const { keyboard } = page;
  await bench.open();
  const before = await bench.bytes();
  await page.notebook.enterCellEditingMode(3);
  await page.locator('.nl-Token.nl-mod-verb').first().hover();
  await expect(page.locator('.nl-Tooltip')).toContainText('Reads something.');
  await keyboard.press('Control+Home');
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowRight');
  await keyboard.press('Tab');
  // The kernel's magics would come after these.
  await expect.poll(() => offered(bench, 9)).toEqual(['@HTTP', '@SCHEDULE', '@STREAM', '@WS']);
  await keyboard.press('Escape');
  await expect(completer(bench)).toHaveCount(0);
  await page.notebook.close(true);
  expect(await bench.bytes()).toBe(before);

  await page.menu.clickMenuItem('File>New Launcher');
  await page.locator('.jp-LauncherCard:visible', { hasText: 'Service Notebook' }).click();
  await expect(bench.lens('GET /hello')).toBeVisible();
  await expect(page.locator('.jp-NotebookPanel')).toHaveCount(1);
});
