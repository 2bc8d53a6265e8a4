/**
 * The page of a session, by itself: it shows what was run, and follows what is run.
 */
import { expect, test, type APIRequestContext, type Page } from '@playwright/test';
import { violations } from './axe';
import { screenshot } from './themes';

const SHOWN = `from IPython.display import HTML, display
display(HTML("<table><tr><th>North</th><td>120</td></tr></table><script>parent.document.title='x'</script>"))
display(HTML("<table id='t'><tr><th>South</th><td>340</td></tr></table><img src='x' onerror='parent.hacked=1'>"))
print("\\x1b[31mred\\x1b[0m")`;
const PICTURE = `from IPython.display import Image, display
import struct, zlib
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
rows = b"".join(b"\\0" + bytes((27, 110, 60)) * 240 for _ in range(80))
display(Image(b"\\x89PNG\\r\\n\\x1a\\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 240, 80, 8, 2, 0, 0, 0))
              + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")))`;
const RUNS = 'print("begun")\nwhile True: pass';

/** A session of the server, and what one does to it from elsewhere. */
class Session {
  private constructor(
    private readonly _request: APIRequestContext,
    readonly id: string
  ) {}

  static async open(request: APIRequestContext, name: string): Promise<Session> {
    const answer = await request.post('/api/jupyter/kernel', { data: { name } });
    expect(answer.status()).toBe(201);
    return new Session(request, (await answer.json()).session_id);
  }

  get url(): string {
    return `/api/jupyter/kernel/${this.id}`;
  }

  async run(code: string): Promise<string> {
    const data = { code, session_id: this.id, timeout_s: 60 };
    const answer = await this._request.post('/api/jupyter/execute', { data, timeout: 90000 });
    return (await answer.json()).status;
  }

  async end(): Promise<void> {
    await this._request.delete(this.url);
  }
}

const cell = (page: Page, number: number) => page.locator(`.cell:nth-child(${number})`);

test('the page shows a session and follows it, by keyboard and within its policy', async ({
  page,
  request
}) => {
  const session = await Session.open(request, 'A bar chart <b>of</b> sales');
  expect(await session.run(SHOWN)).toBe('ok');
  const asked: string[] = [];
  page.on('request', each => asked.push(new URL(each.url()).origin));
  const errors: string[] = [];
  page.on('pageerror', each => errors.push(each.message));
  await page.goto(`${session.url}/artifact?unused=1`);
  await expect(page).toHaveTitle('A bar chart <b>of</b> sales');
  await expect(page.locator('#state')).toHaveText('ready');
  await expect(cell(page, 1).locator('.code')).toContainText('from IPython.display');
  await expect(cell(page, 1).locator('.stdout')).toHaveText('red');
  await expect(cell(page, 1).locator('.hint')).toContainText('interactive');
  const frame = page.frameLocator('iframe');
  await expect(frame.locator('#t')).toHaveText('South340');
  await expect
    .poll(async () => (await page.locator('iframe').boundingBox())?.height ?? 0)
    .toBeGreaterThan(20);
  expect(page.url()).not.toContain('unused');

  // Somebody else runs code in the session.
  expect(await session.run(PICTURE)).toBe('ok');
  // A host of MCP apps may let no address of a picture pass: it is drawn all the same.
  await cell(page, 2).getByRole('img').dispatchEvent('error');
  await expect(cell(page, 2).locator('canvas')).toHaveJSProperty('width', 240);
  await expect(cell(page, 2).getByRole('img', { name: 'What the code has drawn' })).toBeVisible();
  expect(await session.run('1 / 0')).toBe('error');
  const folded = cell(page, 3).locator('details');
  await expect(folded.locator('pre')).toBeHidden();
  await folded.locator('summary').focus();
  await page.keyboard.press('Enter');
  await expect(folded.locator('pre')).toContainText('ZeroDivisionError');

  const running = session.run(RUNS);
  await expect(cell(page, 4).locator('.stdout')).toHaveText('begun');
  await expect(cell(page, 4).locator('.foot')).toHaveText(/^Running for \d+ s of at most 60 s$/);
  for (const scheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    expect(await violations(page, ['body'])).toEqual([]);
    await screenshot(page, `artifact-${scheme}`, { fullPage: true });
  }
  await page.locator('#interrupt').focus();
  await page.keyboard.press('Enter');
  expect(await running).toBe('interrupted');
  await expect(cell(page, 4).locator('.foot')).toHaveText(/^Interrupted/);

  // What was run is there for who loads the page only now.
  await page.reload();
  await expect(page.locator('.cell')).toHaveCount(4);
  await expect(cell(page, 4).locator('.foot')).toHaveText(/^Interrupted/);
  await session.end();
  await expect(page.locator('#state')).toHaveText('the session has ended');
  expect(await page.evaluate(() => (window as { hacked?: number }).hacked)).toBeUndefined();
  expect(new Set(asked)).toEqual(new Set([new URL(page.url()).origin]));
  expect(errors).toEqual([]);
});

test('a page that has lost its connection finds what was run meanwhile', async ({
  page,
  request
}) => {
  const session = await Session.open(request, 'Lost and found');
  expect(await session.run('1')).toBe('ok');
  let isCut = false;
  await page.routeWebSocket('**/events', route => {
    const server = route.connectToServer();
    if (!isCut) {
      isCut = true;
      server.onMessage(message => {
        route.send(message);
        void server.close();
        void route.close();
      });
    }
  });
  await page.goto(`${session.url}/artifact`);
  await expect(page.locator('.cell')).toHaveCount(1);
  expect(await session.run('2')).toBe('ok');
  await expect(page.locator('.cell')).toHaveCount(2);
  await expect(page.locator('#state')).toHaveText('ready');
  await session.end();
});
