/**
 * What is typed is what is sent, and what may not be kept is kept nowhere.
 */
import { expect, test } from '@jupyterlab/galata';
import { Bench } from './notebook';

const LOGIN = `"""
@HTTP
POST /api/login
body: user:str, password:str, amount:float=1
"""
def login(user: str, password: str, amount: float):
    print("asked by", user)
    return {"user": user, "amount": amount}`;
const DEEP = `"""
@HTTP
GET /api/deep
media: json
"""
def deep():
    return "[" * 5000 + "]" * 5000`;
const SLOW = `"""
@HTTP
GET /api/slow
query: word:str="a"
"""
async def slow(word: str):
    await asyncio.sleep(600)`;

test('what is typed is sent and kept, but for secrets', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const pane = page.locator('.nl-Preview');
  const stored: string[] = [];
  page.on('request', request => {
    if (/\/api\/(workspaces|contents)/.test(request.url())) {
      stored.push(request.postData() ?? '');
    }
  });
  await bench.openCells('kept.ipynb', [LOGIN, DEEP, SLOW, 'import asyncio']);
  await bench.serve();

  await test.step('an answer too deep to be laid out is shown as it came', async () => {
    await bench.lens('GET /api/deep').getByRole('button', { name: /^Try/ }).click();
    await expect(pane.getByLabel('Endpoint')).toHaveValue('GET /api/deep');
    await page.keyboard.press('Control+Enter');
    await expect(pane.locator('.nl-Status-line')).toContainText('200 OK');
    await expect(pane.locator('.nl-Answer-text')).toContainText('[[[[');
  });

  await test.step('a path is edited while it is called', async () => {
    await pane.getByLabel('Endpoint').selectOption('GET /api/slow');
    await pane.getByLabel('word', { exact: true }).fill('kept');
    await page.keyboard.press('Control+Enter');
    await expect(pane.getByRole('button', { name: 'Cancel' })).toBeVisible();
    await page.notebook.activate('kept.ipynb');
    await bench.edit(2, source => source.replace('/api/slow', '/api/slower'));
    await expect(pane.getByLabel('Endpoint')).toHaveValue('GET /api/slower');
    await page.keyboard.press('Control+s');
    await expect(bench.lens('GET /api/slower')).toContainText('Live', { timeout: 30000 });
    await expect(pane.getByLabel('word', { exact: true })).toHaveValue('kept');
    await pane.getByRole('button', { name: 'Cancel' }).click();
    await expect(pane.locator('.nl-Status-line')).toContainText('Cancelled');
    await expect(pane.locator('.nl-History-call')).toHaveCount(1);
  });

  await test.step('the body goes out as it was typed, and secrets stay in the page', async () => {
    await bench.lens('POST /api/login').getByRole('button', { name: /^Try/ }).click();
    const password = pane.getByLabel('password');
    await expect(password).toHaveAttribute('type', 'password');
    await password.fill('hunter2');
    await pane.getByRole('tab', { name: 'JSON' }).click();
    const body = pane.getByLabel('Body as JSON');
    const text = '{"user": "ada", "password": "hunter2", "amount": 1.0, "id": 9007199254740993}';
    await body.fill(text);
    const [request] = await Promise.all([
      page.waitForRequest(each => each.url().endsWith('/api/login')),
      page.keyboard.press('Control+Enter')
    ]);
    expect(request.postData()).toBe(text);
    await expect(pane.locator('.nl-Status-line')).toContainText('200 OK');
    // What it printed is noted after the answer has ended.
    await pane.getByRole('tab', { name: 'Output' }).click();
    await expect(pane.getByLabel('Printed output')).toHaveText('asked by ada\n');

    await pane.getByRole('button', { name: 'Save as example' }).click();
    await page.getByRole('dialog').locator('input').fill('Ada');
    await page.getByRole('dialog').getByRole('button', { name: 'Save', exact: true }).click();
    await bench.lens('POST /api/login').click();
    await page.keyboard.press('Control+s');
    await expect.poll(() => bench.bytes('kept.ipynb')).toContain('$PASSWORD');
    await expect.poll(() => stored.join('')).toContain('neutrino-lab:request');
    expect(stored.join('')).not.toContain('hunter2');
    expect(await bench.bytes('kept.ipynb')).not.toContain('hunter2');
  });
});
