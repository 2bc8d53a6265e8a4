import { execFileSync } from 'child_process';
import { expect, test } from '@jupyterlab/galata';
import { tooSmall, violations } from './axe';
import { Bench } from './notebook';
import { inThemes, screenshot } from './themes';

test.use({ permissions: ['clipboard-read', 'clipboard-write'] });
// It starts a process, and runs what is copied.
test.setTimeout(300000);

test('a pane stands beside its notebook, follows, survives a reload and closes with it', async ({
  page,
  tmpPath
}) => {
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Preview');
  const picker = pane.getByLabel('Endpoint');
  await bench.open();
  await bench.lens('POST /api/summary').getByRole('button', { name: /^Try/ }).click();
  await expect(picker).toHaveValue('POST /api/summary');
  await expect(pane).toContainText('Not served');

  await pane.getByLabel('Follow').check();
  await bench.panel.locator('button[title^="GET /api/hello"]').press(' ');
  await expect(picker).toHaveValue('GET /api/hello');
  await pane.getByRole('button', { name: 'Go to cell' }).click();
  await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText('/api/hello');

  // The layout is kept a moment after it has changed.
  await page.waitForResponse(
    response =>
      response.url().includes('/api/workspaces') &&
      (response.request().postData() ?? '').includes('neutrino-lab-preview')
  );
  await page.reload({ waitForIsReady: false });
  await expect(picker).toHaveValue('GET /api/hello', { timeout: 20000 });
  await expect(pane.getByLabel('Follow')).toBeChecked();
  await page.notebook.activate('quickstart.ipynb');
  await page.notebook.close(true);
  await expect(pane).toHaveCount(0);
});

test('serve, try, be refused, fail, look back and keep an example', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Preview');
  const answer = pane.getByRole('region', { name: 'Response' });
  const status = answer.locator('.nl-Status-line');
  await bench.open();

  await test.step('Try opens the form, and Send serves first', async () => {
    await bench.lens('POST /api/summary').getByRole('button', { name: /^Try/ }).click();
    await expect(pane.getByLabel('values')).toBeFocused();
    await expect(pane.getByLabel('values')).toHaveValue('[1,2,3]');
    await pane.getByRole('button', { name: 'Serve and send' }).click();
    await page.getByRole('button', { name: 'Trust and serve' }).click();
    await expect(status).toContainText('200 OK', { timeout: 20000 });
    await expect(answer.locator('pre')).toContainText('"mean": 2.0');
  });

  await test.step('a refusal lands on its field', async () => {
    const values = pane.getByLabel('values');
    await values.fill('[1, "x"]');
    await page.keyboard.press('Control+Enter');
    await expect(status).toContainText('422');
    await expect(values).toHaveAttribute('aria-invalid', 'true');
    await expect(values).toHaveAccessibleDescription(/^\[1\]: Input should be a valid number/);
  });

  await test.step('axe finds nothing in a refusal beside what it differs from', async () => {
    const difference = pane.getByRole('button', { name: 'Difference' });
    await difference.click();
    await inThemes(page, ['light', 'dark'], async theme => {
      await screenshot(page, `preview-${theme}`);
      expect(await violations(page, ['.nl-Preview']), theme).toEqual([]);
    });
    const targets = pane.locator('button, input, select');
    expect(await tooSmall(targets, { width: 0, height: 12 })).toEqual([]);
    await difference.click();
  });

  await test.step('form and JSON are the same values', async () => {
    await pane.getByRole('tab', { name: 'JSON' }).click();
    const body = pane.getByLabel('Body as JSON');
    await body.fill('{"values": [2, 4, 9], ');
    await body.press('Control+End');
    await body.press('Control+Space');
    await page.locator('.cm-tooltip-autocomplete li', { hasText: 'digits' }).click();
    await expect(body).toContainText('"digits": ');
    await body.fill('{"values": [2, 4, 9], "digits": 1}');
    await pane.getByRole('tab', { name: 'Form' }).click();
    await expect(pane.getByLabel('values')).toHaveValue('[2,4,9]');
    await expect(pane.getByLabel('digits', { exact: true })).toHaveValue('1');
  });

  await test.step('two answers are compared, and an old call is sent again', async () => {
    await pane.getByRole('button', { name: 'Difference' }).click();
    await expect(pane.locator('.nl-Difference-lines')).toContainText('− 200 OK');
    await pane.getByRole('button', { name: 'Difference' }).click();
    await pane.locator('.nl-History-call').last().click();
    await expect(status).toContainText('200 OK');
    await pane.getByRole('button', { name: 'Replay' }).click();
    await expect(pane.locator('.nl-History-call')).toHaveCount(3);
    await expect(pane.getByLabel('values')).toHaveValue('[1,2,3]');
  });

  await test.step('what a copied command sends is what was filled in', async () => {
    await pane.getByLabel('Endpoint').selectOption('GET /api/wave.svg');
    await pane.getByLabel('label', { exact: true }).fill('it\'s "a" & b $HOME \\ 100%\nGrüße');
    for (const [language, command] of [
      ['curl (bash)', 'bash'],
      ['Python (requests)', 'python3']
    ] as const) {
      await pane.getByRole('button', { name: 'More about the request' }).click();
      await page.getByRole('menuitem', { name: 'Copy Request as' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByRole('radio', { name: language }).check();
      await dialog.getByRole('button', { name: 'Copy', exact: true }).click();
      await expect(dialog.getByRole('button', { name: 'Copied' })).toBeVisible();
      await page.keyboard.press('Escape');
      const text = await page.evaluate(() => navigator.clipboard.readText());
      // The server of the tests asks for no token; the command finds that out by itself.
      const env = { ...process.env, NEUTRINO_TOKEN: '' };
      const told = execFileSync(command, ['-c', text], { env, encoding: 'utf8' });
      expect(told).toContain('>it&#x27;s &quot;a&quot; &amp; b $HOME \\ 100%\nGrüße</text>');
    }
  });

  await test.step('a curl command is taken for the request that it makes', async () => {
    await pane.getByLabel('Endpoint').selectOption('GET /api/hello');
    await pane.getByRole('button', { name: 'More about the request' }).click();
    await page.getByRole('menuitem', { name: 'Paste curl Command' }).click();
    await page
      .getByLabel('curl command')
      .fill("curl 'http://localhost:8000/api/wave.svg?waves=3' \\\n  -H 'X-Trace: 1'");
    await page.getByRole('button', { name: 'Fill in' }).click();
    await expect(pane.getByLabel('Endpoint')).toHaveValue('GET /api/wave.svg');
    await expect(pane.getByLabel('waves', { exact: true })).toHaveValue('3');
  });

  await test.step('what only reads is sent whenever a value changes, if that is asked for', async () => {
    const toggle = async (): Promise<void> => {
      await pane.getByRole('button', { name: 'More about the request' }).click();
      await page.locator('.lm-Menu-item', { hasText: 'Send on Change' }).click();
    };
    await toggle();
    await pane.getByLabel('waves', { exact: true }).fill('4');
    await expect(pane.locator('.nl-History-call')).toHaveCount(1);
    await expect(status).toContainText('200 OK');
    await toggle();
  });

  await test.step('a picture is shown, and a failure leads to its line', async () => {
    await pane.getByRole('button', { name: 'Send', exact: true }).click();
    await expect(answer.getByRole('img', { name: 'Response as a picture' })).toBeVisible();
    await pane.getByLabel('waves', { exact: true }).fill(`1${'0'.repeat(400)}`);
    await page.keyboard.press('Control+Enter');
    await expect(status).toContainText('500');
    await expect(pane.getByRole('group', { name: 'What went wrong' })).toContainText(
      'OverflowError'
    );
    await pane.getByRole('button', { name: 'Cell 12, line 9' }).last().click();
    await expect(page.locator('.jp-Cell.jp-mod-active')).toContainText('/api/wave.svg');
  });

  await test.step('an example is kept in the notebook, and what is filled in over a reload', async () => {
    await pane.getByLabel('waves', { exact: true }).fill('7');
    await pane.getByRole('button', { name: 'Save as example' }).click();
    await page.getByRole('dialog').locator('input').fill('Seven');
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await expect(pane.getByLabel('Example', { exact: true })).toHaveValue('Seven');
    const run = async (): Promise<void> => {
      await pane.getByRole('button', { name: 'More about the request' }).click();
      await page.getByRole('menuitem', { name: 'Run All Examples' }).click();
    };
    const dialog = page.getByRole('dialog');
    await run();
    await expect(dialog).toContainText('1 of 1 have run, 1 hold');
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await pane.getByRole('button', { name: 'Expect…' }).click();
    await dialog.locator('input').fill('{"status": 422}');
    await page.keyboard.press('Enter');
    await run();
    await expect(dialog).toContainText('the status is 200');
    await dialog.getByRole('button', { name: 'Close' }).last().click();
    await bench.lens('GET /api/wave.svg').click();
    await page.keyboard.press('Control+s');
    await expect.poll(() => bench.bytes()).toContain('"neutrino_lab"');
    const kept = JSON.parse(await bench.bytes()).metadata.neutrino_lab;
    expect(kept.examples.wave[0].values.query.waves).toBe(7);
    await pane.getByLabel('waves', { exact: true }).fill('11');
    await page.waitForResponse(
      response =>
        response.url().includes('/api/workspaces') &&
        (response.request().postData() ?? '').includes('"waves":11')
    );
    await page.reload({ waitForIsReady: false });
    await expect(pane.getByLabel('waves', { exact: true })).toHaveValue('11', { timeout: 20000 });
    await pane.getByLabel('Example', { exact: true }).selectOption('Seven');
    await expect(pane.getByLabel('waves', { exact: true })).toHaveValue('7');
    // The calls are told, and their values filled in again; their answers are gone.
    await pane.locator('.nl-History-call').filter({ hasText: '200' }).first().click();
    await expect(pane.getByLabel('waves', { exact: true })).toHaveValue('4');
    await expect(answer).toContainText('Answers are not kept over a reload');
  });
});

test('the way of a call by keyboard alone', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Preview');
  const { keyboard } = page;
  await bench.open();
  await page.notebook.selectCells(0);
  await keyboard.press('n');
  await keyboard.press('g');
  await keyboard.press('n');
  await keyboard.press('t');
  const name = pane.getByLabel('name', { exact: true });
  await expect(name).toBeFocused();
  await keyboard.press('Control+a');
  await keyboard.type('Ada');
  await keyboard.press('Control+Enter');
  await expect(page.getByRole('dialog')).toContainText('untrusted');
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await expect(pane.locator('.nl-Status-line')).toContainText('200 OK', { timeout: 20000 });
  await expect(pane.locator('.nl-Answer-text')).toContainText('Hello, Ada!');
  await expect(name).toBeFocused();
  await keyboard.press('Escape');
  await expect(page.locator('.jp-Cell.jp-mod-active .jp-Editor :focus')).toHaveCount(1);
  await keyboard.press('Control+Shift+Enter');
  await expect(name).toBeFocused();
});
