import { expect, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { violations } from './axe';
import { KEY, Llm, type IReply } from './llm';
import { Bench } from './notebook';
import { PanePage } from './pane';
import { inThemes, picture } from './themes';

const DECLARATION = `@STREAM /spread
source: sim:random-walk?symbols=AAAA&every=50ms
select: price:float`;
const EMPTY = `"""
${DECLARATION}
describe: how far the newest prices are apart
"""`;
const COUNTING = `"""
${DECLARATION}
"""
def spread(acc: dict, value: float):
    n = acc.get("n", 0) + 1
    return {"n": n}, n
`;
const SPREAD = `def spread(acc, value, params):
    if not isinstance(value, (int, float)) or value != value:
        return acc, None
    values = (acc.get("values", []) + [value])[-params["size"]:]
    return {"values": values}, max(values) - min(values)
`;
const TWICE = `def spread(acc, value):
    n = acc.get("n", 0) + 1
    return {"n": n}, n * 2
`;
const RAISING = `def spread(acc, value):
    raise ValueError("never right")
`;
/** A trial starts processes. */
const LONG = { timeout: 60000 };

test.use({ viewport: { width: 1440, height: 1000 } });
test.describe.configure({ timeout: 300000 });

let llm: Llm;

test.beforeAll(async () => {
  llm = await Llm.start();
});

test.afterAll(async () => {
  await llm.close();
});

/** A draft as a model might answer; all are written by hand. */
function drafted(code: string): IReply {
  const params = code.includes('size') ? 'size:int=3' : '';
  const rest = { state: '', params, examples: [], notes: 'Written by hand.' };
  return { texts: [JSON.stringify({ kind: 'accumulate', name: 'spread', code, ...rest })] };
}

/** The pane. */
class Generate extends PanePage {
  constructor(page: IJupyterLabPageFixture) {
    super(page, '.nl-Generate');
  }

  get words(): Locator {
    return this.textbox('What it has to do');
  }

  get sent(): Locator {
    return this.pane.getByRole('group', { name: 'What is sent' });
  }

  get rows(): Locator {
    return this.pane.getByRole('region', { name: 'Trial' }).locator('tbody tr');
  }

  /** The text of the first cell, and what is kept of where it comes from. */
  cell(): Promise<{ source: string; generated: { words?: string; hash?: string } | null }> {
    return this.page.evaluate(() => {
      const { shell } = window.jupyterapp as unknown as IApp;
      const panel = [...shell.widgets('main')].find(each => each.content?.widgets?.[0]?.model);
      const { sharedModel } = panel!.content!.widgets![0]!.model!;
      const { neutrino_lab: ours } = sharedModel.metadata;
      return { source: sharedModel.getSource(), generated: ours?.generated ?? null };
    });
  }
}

/** As much of JupyterLab as is reached past its keyboard. */
interface IApp {
  readonly shell: {
    widgets(area: string): Iterable<{
      readonly content?: {
        readonly widgets?: readonly {
          readonly model?: {
            readonly sharedModel: {
              getSource(): string;
              readonly metadata: {
                readonly neutrino_lab?: { readonly generated?: { words: string; hash: string } };
              };
            };
          };
        }[];
      };
    }>;
  };
}

test('words become an operator that a served stream goes on with', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const generate = new Generate(page);
  await bench.openCells('served.ipynb', [COUNTING]);
  await bench.serve();
  await page.sidebar.close('left');
  const lens = bench.lens('STREAM /spread');
  await expect(lens.locator('.nl-Values-rate')).toContainText('/s', LONG);
  await lens.getByRole('button', { name: /^More about/ }).click();
  await page.getByRole('menuitem', { name: /^Generate from Words/ }).click();
  await expect(generate.pane).toContainText('Say in words what it has to do', LONG);

  // What would go where, before anything does; values only once they are shared.
  llm.replies(drafted(TWICE));
  await generate.words.fill('count twice as fast');
  await generate.button('Show what is sent').click();
  await expect(generate.sent).toContainText('written-by-hand at 127.0.0.1', LONG);
  await expect(generate.sent.getByRole('region', { name: 'Names and types' })).toContainText(
    '"price": "float"'
  );
  await generate.pane.getByLabel('Share the newest values with the model').check();
  await generate.button('Show what is sent').click();
  const values = generate.sent.getByRole('region', { name: 'Values' });
  await expect(values).toContainText(/"price": \d/, LONG);
  const shown = await values.textContent();
  expect(llm.asked).toHaveLength(0);
  await generate.button('Send and draft').click();

  await expect(generate.pane).toContainText('All checks pass', LONG);
  expect(llm.asked).toHaveLength(1);
  expect(llm.asked[0]?.messages[1]?.content).toContain(shown);
  await expect(generate.pane.getByRole('columnheader', { name: 'Old output' })).toBeVisible();
  await expect(generate.rows.first()).toContainText('{"n"');
  const difference = generate.pane.getByRole('region', { name: 'Difference' });
  await expect(difference).toContainText('+     return {"n": n}, n * 2');
  await expect(generate.pane).toContainText('1 round with written-by-hand at 127.0.0.1');
  await expect(generate.pane).toContainText('120 tokens in, 40 out');
  await inThemes(page, ['light', 'dark'], async theme => {
    expect(await violations(page, ['.nl-Generate']), theme).toEqual([]);
  });
  await picture(page, 'generate');
  expect(await page.content()).not.toContain(KEY);

  // It is swapped in, and goes on counting where the old one was.
  await generate.button('Accept').click();
  await expect(generate.pane.getByRole('status')).toContainText('Undo takes it back');
  const { source, generated } = await generate.cell();
  expect(source).toContain('n * 2');
  expect(source).toContain('run: sandboxed');
  expect(generated?.words).toBe('count twice as fast');
  const operator = async (): Promise<unknown> => {
    const served = (await (await page.request.get('/neutrino/api/served')).json()) as {
      readonly id: string;
      readonly path: string;
    }[];
    const id = served.find(each => each.path === `${tmpPath}/served.ipynb`)?.id;
    const key = encodeURIComponent('STREAM spread');
    const report = await page.request.get(`/neutrino/api/served/${id}/streams?key=${key}`);
    return ((await report.json()) as { readonly op: string }).op;
  };
  await expect.poll(operator, LONG).toBe('spread@2');
  await expect(lens).toContainText('Live');

  // One step takes back both.
  await page.keyboard.press('Escape');
  await expect(page.locator('.jp-Cell .cm-content').first()).toBeFocused();
  await page.keyboard.press('Control+z');
  await expect.poll(() => generate.cell()).toEqual({ source: COUNTING, generated: null });
});

test('a draft that fails is refused, and made again, over a reload too', async ({
  page,
  tmpPath
}) => {
  const bench = new Bench(page, tmpPath);
  const generate = new Generate(page);
  await bench.openCells('refused.ipynb', [EMPTY]);
  await page.sidebar.close('left');
  // The cell has words already: they are shown with what would be sent of them.
  const declaration = page.getByRole('toolbar', { name: /^Declaration,/ });
  await declaration.getByRole('button', { name: 'Generate…' }).click();
  await expect(generate.words).toHaveValue('how far the newest prices are apart', LONG);
  await expect(generate.sent).toBeVisible();
  llm.replies(drafted(RAISING), drafted(RAISING), drafted(RAISING));
  await generate.button('Send and draft').click();
  await expect(generate.pane).toContainText('This draft is refused', LONG);
  await expect(generate.rows.first()).toContainText('fails: ');
  await expect(generate.button('Accept')).toHaveAttribute('aria-disabled', 'true');
  await inThemes(page, ['light', 'dark'], async theme => {
    expect(await violations(page, ['.nl-Generate']), theme).toEqual([]);
  });
  await picture(page, 'generate-refused');
  expect((await generate.cell()).source).toBe(EMPTY);

  let release = (): void => undefined;
  const until = new Promise<void>(resolve => (release = resolve));
  const { texts: answer = [] } = drafted(SPREAD);
  llm.replies({ texts: [' '], until, late: answer });
  await generate.pane
    .getByRole('textbox', { name: 'What is to be otherwise' })
    .fill('do not raise');
  // JupyterLab writes down what is kept a moment later.
  const written: string[] = [];
  page.on('request', request => {
    if (request.method() === 'PUT' && request.url().includes('/api/workspaces/')) {
      written.push(request.postData() ?? '');
    }
  });
  const begun = page.waitForResponse(
    each => each.url().includes('/neutrino/api/drafts?') && each.request().method() === 'POST'
  );
  await generate.button('Try again').click();
  await expect(generate.pane).toContainText('writes a draft', LONG);
  const { id } = (await (await begun).json()) as { readonly id: string };
  await expect.poll(() => written.some(each => each.includes(id))).toBe(true);
  await page.reload({ waitForIsReady: false });
  await expect(generate.pane).toContainText('writes a draft', LONG);
  expect(llm.asked[0]?.messages[1]?.content).toContain('do not raise');
  release();
  await expect(generate.pane).toContainText('All checks pass', LONG);
  await generate.button('Edit').click();
  await expect(page.locator('.jp-Cell .cm-content').first()).toBeFocused();
  const { source, generated } = await generate.cell();
  expect([source.includes('max(values) - min(values)'), generated]).toEqual([true, null]);
});

test('all of it by keyboard', async ({ page, tmpPath }) => {
  const bench = new Bench(page, tmpPath);
  const generate = new Generate(page);
  const { keyboard } = page;
  await bench.openCells('keys.ipynb', [EMPTY]);
  await page.notebook.selectCells(0);
  await expect(page.getByRole('toolbar', { name: /^Declaration,/ })).toBeVisible();
  await keyboard.press('n');
  await keyboard.press('w');
  await expect(generate.words).toBeFocused(LONG);
  await expect(generate.sent).toBeVisible(LONG);
  await keyboard.press('Control+a');
  await keyboard.type('how far the last three prices are apart');
  await expect(generate.sent).toHaveCount(0);
  await keyboard.press('Control+Enter');
  await expect(generate.sent).toBeVisible(LONG);
  llm.replies(drafted(SPREAD));
  await keyboard.press('Control+Enter');
  await expect(generate.pane).toContainText('All checks pass', LONG);
  const accept = generate.button('Accept');
  for (let count = 0; count < 20; count += 1) {
    if (await accept.evaluate(node => node === document.activeElement)) {
      break;
    }
    await keyboard.press('Tab');
  }
  await expect(accept).toBeFocused();
  await keyboard.press('Enter');
  await expect(generate.pane.getByRole('status')).toContainText('Undo takes it back');
  expect((await generate.cell()).generated?.words).toBe('how far the last three prices are apart');
  await keyboard.press('Escape');
  await expect(page.locator('.jp-Cell .cm-content').first()).toBeFocused();
});
