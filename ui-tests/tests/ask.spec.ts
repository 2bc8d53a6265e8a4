import { expect, test, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { violations } from './axe';
import { KEY, Llm } from './llm';
import { PanePage } from './pane';
import { inThemes, picture, screenshot } from './themes';
import { drag } from './notebook';

const CSV = 'region,sales\nNorth,120\nSouth,80\nEast,95\nWest,140\n';
const LOAD = "import pandas as pd\n\nsales = pd.read_csv('sales.csv')\nsales";
const WRONG = "sales.groupby('regoin').sum()";
const CHART = `import matplotlib.pyplot as plt

ax = sales.plot.bar(x='region', y='sales', legend=False, color='#0b5cad', rot=0, figsize=(6, 3))
ax.set_ylabel('Sales')
plt.show()`;
const NEVER = new Promise<void>(() => undefined);
const QUESTION = 'Analyse this CSV and create a bar chart';

/** As much of JupyterLab as is reached past its keyboard. */
interface IApp {
  readonly shell: {
    readonly currentWidget: {
      readonly sessionContext: { changeKernel(model: { readonly name: string }): Promise<unknown> };
    };
  };
}

test.use({ viewport: { width: 1440, height: 960 }, autoGoto: false });
// Journeys with kernels: on a machine that has much else to do each of their steps takes a while.
test.describe.configure({ timeout: 300000 });

let llm: Llm;

test.beforeAll(async () => {
  llm = await Llm.start();
});

test.afterAll(async () => {
  await llm.close();
});

/** The pane. */
class Ask extends PanePage {
  constructor(page: IJupyterLabPageFixture) {
    super(page, '#neutrino-lab-ask');
  }

  get question(): Locator {
    return this.textbox('Question');
  }

  get turn(): Locator {
    return this.pane.locator('.nl-Turn').last();
  }

  get status(): Locator {
    return this.turn.locator('.nl-Turn-status');
  }

  cell(index: number): Locator {
    return this.pane.locator('.nl-ArtifactCell').nth(index);
  }

  async open(): Promise<void> {
    await this.page.goto();
    await this.page.evaluate(() => {
      void window.jupyterapp.commands.execute('neutrino-lab:ask-model');
    });
    await expect(this.question).toBeFocused();
  }

  async ask(text: string): Promise<void> {
    await this.question.fill(text);
    await this.question.press('Enter');
  }
}

test('a CSV becomes a chart, and the answer a notebook that runs from the top', async ({
  page,
  tmpPath
}) => {
  await page.contents.uploadContent(CSV, 'text', `${tmpPath}/sales.csv`);
  llm.replies(
    { texts: ['I look at the file ', 'first.'], codes: [LOAD] },
    { codes: [WRONG] },
    { texts: ['The column is called `region`.'], codes: [CHART] },
    { texts: ['**West** sells most (140), *South* least (80).'] }
  );
  const ask = new Ask(page);
  await ask.open();
  await page.sidebar.close('left');
  await ask.button('Add files…').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText(tmpPath, { exact: true }).dblclick();
  await dialog.getByText('sales.csv', { exact: true }).click();
  await dialog.getByRole('button', { name: 'Select' }).click();
  await expect(ask.pane.locator('.nl-AskForm-attached')).toHaveText('sales.csv');
  await ask.ask(QUESTION);

  await expect(ask.status).toHaveText('Answered', { timeout: 90000 });
  await expect(ask.turn).toContainText('West sells most (140), South least (80).');
  await expect(ask.turn).toContainText('4 rounds · 640 tokens');
  await expect(ask.cell(0)).toContainText('North');
  await expect(ask.cell(0).locator('table')).toBeVisible();
  await expect(ask.cell(2).locator('img')).toBeVisible();
  const error = ask.cell(1).locator('.nl-ErrorOutput');
  await expect(error.locator('summary')).toHaveText("KeyError: 'regoin'");
  await expect(error.locator('.nl-ErrorOutput-trace')).toBeHidden();
  await error.locator('summary').click();
  await expect(error.locator('.nl-ErrorOutput-trace')).toContainText('Traceback');
  await error.locator('summary').click();

  await inThemes(page, ['light', 'dark'], async theme => {
    const found = await violations(page, ['#neutrino-lab-ask']);
    // The corner of a table is pandas's own.
    expect(
      found.filter(each => !each.startsWith('empty-table-header')),
      theme
    ).toEqual([]);
  });
  await picture(page, 'ask');
  expect(await page.content()).not.toContain(KEY);

  // The notebook stands beside its file, and its kernel is the one that ran all that.
  await ask.button('Keep as notebook').click();
  const name = `${QUESTION}.ipynb`;
  await expect(page.getByRole('tab', { name })).toBeVisible();
  await page.notebook.activate(name);
  const kept = await page.request.get(`/files/${tmpPath}/${encodeURIComponent(name)}`);
  expect(await kept.text()).toContain('region');
  expect(await kept.text()).not.toContain(KEY);
  await page.notebook.addCell('code', "int(sales['sales'].sum())");
  const last = (await page.notebook.getCellCount()) - 1;
  await page.notebook.runCell(last);
  expect(await page.notebook.getCellTextOutput(last)).toEqual(['435']);

  // It runs from the top on a kernel that knows nothing of it.
  await page.evaluate(async () => {
    const { shell } = window.jupyterapp as unknown as IApp;
    await shell.currentWidget.sessionContext.changeKernel({ name: 'python3' });
  });
  await page.notebook.run();
  expect(await page.notebook.getCellTextOutput(last)).toEqual(['435']);
  await expect(page.locator('.jp-Notebook .jp-OutputArea img')).toBeVisible();
});

test('Stop ends the model, the code, and what waits for a person', async ({ page }) => {
  const ask = new Ask(page);
  const noModel = { code: 'no-model', message: 'Set NEUTRINO_LLM_MODEL.', context: {} };
  await page.route('**/api/jupyter/chat?*', route => route.fulfill({ status: 409, json: noModel }));
  await ask.open();
  const note = ask.pane.locator('.nl-AskForm-problem');
  await expect(note).toContainText('No model is set. Set NEUTRINO_LLM_MODEL.');
  await ask.question.fill('anybody there?');
  await expect(ask.button('Ask')).toBeDisabled();
  await inThemes(page, ['light', 'dark'], async theme => {
    expect(await violations(page, ['.nl-AskForm']), theme).toEqual([]);
    await screenshot(page, `ask-no-model-${theme}`);
  });
  await page.unroute('**/api/jupyter/chat?*');
  await ask.button('Look again').click();
  await expect(note).toBeHidden();
  llm.replies({ texts: ['I begin'], until: NEVER });
  await ask.ask('talk');
  await expect(ask.turn).toContainText('I begin');
  await ask.button('Stop').click();
  await expect(ask.status).toHaveText('Stopped');

  llm.replies({ codes: ["kept = 42\nprint('begun', flush=True)\nwhile True: pass"] });
  await ask.ask('run');
  await expect(ask.cell(0)).toContainText('begun', { timeout: 60000 });
  await ask.button('Stop').click();
  await expect(ask.status).toHaveText('Stopped');
  await expect(ask.cell(0)).toHaveAttribute('data-state', 'finished');

  await ask.pane.getByLabel('Ask before each run').check();
  llm.replies({ codes: ["print('never')"] });
  await ask.ask('ask me');
  await expect(ask.cell(1).getByRole('button', { name: 'Refuse' })).toBeVisible();
  await ask.button('Stop').click();
  await expect(ask.status).toHaveText('Stopped');
  await expect(ask.cell(1)).not.toContainText('Refuse');

  // The session has lived through all of it, and runs what a person types.
  await ask.cell(2).getByRole('textbox', { name: 'Code' }).fill('kept');
  await page.keyboard.press('Shift+Enter');
  await expect(ask.cell(2).locator('.jp-OutputArea')).toHaveText(/42/, { timeout: 60000 });
});

test('an answer goes on when its kernel is killed, and when the page is loaded again', async ({
  page
}) => {
  const ask = new Ask(page);
  let release = (): void => undefined;
  const until = new Promise<void>(resolve => (release = resolve));
  await ask.open();
  llm.replies(
    { codes: ['import os, signal\nos.kill(os.getpid(), signal.SIGKILL)'] },
    { texts: ['It died. '], until, codes: ['1 + 1'] },
    { texts: ['It is two.'] }
  );
  await ask.ask('die');
  await expect(ask.turn).toContainText('It died.', { timeout: 60000 });
  await expect(ask.cell(0)).toHaveAttribute('data-status', 'killed');
  await ask.cell(1).getByRole('textbox', { name: 'Code' }).fill('typed = 40; typed + 4');
  await page.keyboard.press('Shift+Enter');
  await expect(ask.cell(1)).toHaveAttribute('data-status', 'ok', { timeout: 60000 });
  await page.reload({ waitForIsReady: false });
  await expect(ask.turn).toContainText('It died.', { timeout: 60000 });
  await expect(ask.turn.locator('.nl-Turn-question')).toHaveText('die');
  release();
  await expect(ask.status).toHaveText('Answered', { timeout: 60000 });
  await expect(ask.turn).toContainText('It is two.');
  await expect(ask.cell(0)).toHaveAttribute('data-status', 'killed');
  await expect(ask.cell(1).locator('.jp-OutputArea')).toHaveText(/44/);
  await expect(ask.cell(1)).toContainText('typed + 4');
  await expect(ask.cell(2).locator('.jp-OutputArea')).toHaveText(/2/);
  await ask.button('New').click();
});

test('all of it by keyboard, with a yes before each run', async ({ page }) => {
  const ask = new Ask(page);
  const { keyboard } = page;
  const tabTo = async (target: Locator): Promise<void> => {
    for (let count = 0; count < 40; count += 1) {
      if (await target.evaluate(node => node === document.activeElement)) {
        return;
      }
      await keyboard.press('Tab');
    }
    await expect(target).toBeFocused();
  };
  await ask.open();
  await tabTo(ask.pane.getByLabel('Ask before each run'));
  await keyboard.press('Space');
  await ask.question.focus();
  llm.replies({ codes: ["print('as it was')"] }, { texts: ['Done.'] });
  await keyboard.type('go');
  await keyboard.press('Enter');
  await expect(ask.cell(0)).toHaveAttribute('data-state', 'asking');
  await tabTo(ask.cell(0).getByRole('button', { name: 'Edit' }));
  await keyboard.press('Enter');
  await expect(ask.cell(0).getByRole('textbox', { name: 'Code' })).toBeFocused();
  await keyboard.press('Control+A');
  await keyboard.type("print('changed')");
  await keyboard.press('Shift+Enter');
  await expect(ask.status).toHaveText('Answered', { timeout: 60000 });
  await expect(ask.cell(0).locator('.jp-OutputArea')).toHaveText('changed');
  await keyboard.press('Escape');
  await expect(ask.cell(0)).toBeFocused();
  await keyboard.press('ArrowDown');
  await expect(ask.cell(1)).toBeFocused();
  await keyboard.press('Enter');
  await keyboard.type('6 * 7');
  await keyboard.press('Shift+Enter');
  await expect(ask.cell(1).locator('.jp-OutputArea')).toHaveText(/42/, { timeout: 60000 });
  await expect(ask.cell(2).getByRole('textbox', { name: 'Code' })).toBeFocused();
});

test('files that are dropped and data frames go with a question, values only where shared', async ({
  page,
  tmpPath
}) => {
  const ask = new Ask(page);
  const attached = ask.pane.locator('.nl-AskForm-attached');
  await page.contents.uploadContent('c\n5\n', 'text', `${tmpPath}/listed.csv`);
  await page.goto(`tree/${tmpPath}`);
  await page.notebook.createNew('frames.ipynb');
  await page.notebook.setCell(
    0,
    'code',
    "import pandas as pd\ndf = pd.DataFrame({'rate': [0.5], 'sales': [987654]})"
  );
  await page.notebook.runCell(0);
  await page.evaluate(() => {
    void window.jupyterapp.commands.execute('neutrino-lab:ask-model');
  });
  await expect(ask.question).toBeFocused();

  // From outside of the page, and from the file browser.
  const outside = await page.evaluateHandle(() => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(['a\n4\n'], 'dropped.csv', { type: 'text/csv' }));
    return dropped;
  });
  await ask.pane.dispatchEvent('drop', { dataTransfer: outside });
  await expect(attached).toHaveText('dropped.csv');
  await drag(page.locator('.jp-DirListing-item', { hasText: 'listed.csv' }), ask.question);
  await expect(attached.locator('li')).toHaveText(['dropped.csv', 'listed.csv']);

  const frame = async (isShared: boolean): Promise<void> => {
    await ask.button('Add data frame…').click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('checkbox', { name: 'Share its values' }).setChecked(isShared);
    await dialog.getByRole('button', { name: 'Ok' }).click();
    await expect(attached).toContainText('df');
  };
  await frame(false);
  await picture(page, 'ask-attached');
  llm.replies(
    { codes: ["print(open('dropped.csv').read(), open('listed.csv').read())"] },
    { texts: ['4 and 5.'] }
  );
  await ask.ask('what is in them?');
  await expect(ask.status).toHaveText('Answered', { timeout: 60000 });
  await expect(ask.cell(0).locator('.jp-OutputArea')).toContainText(/4\s+c\s+5/);
  const told = llm.asked[0]?.messages[1]?.content;
  expect(told).toContain('df, 1 × 2, with the columns rate (float64), sales (int64)');
  expect(JSON.stringify(llm.asked)).not.toContain('987654');

  await frame(true);
  llm.replies({ codes: ["print(open('df.csv').read())"] }, { texts: ['987654.'] });
  await ask.ask('and now?');
  await expect(ask.cell(1).locator('.jp-OutputArea')).toContainText('987654', { timeout: 60000 });
  await expect(ask.status).toHaveText('Answered', { timeout: 60000 });
});

test('a session opens as a notebook, whoever fills it', async ({ page }) => {
  await page.goto();
  const post = async (path: string, data: object): Promise<{ session_id: string }> => {
    const answer = await page.request.post(`/api/jupyter/${path}`, { data });
    return (await answer.json()) as { session_id: string };
  };
  const { session_id } = await post('kernel', { name: 'of an agent' });
  await post('execute', { code: 'total = 20\ntotal', session_id });
  await page.evaluate(id => {
    void window.jupyterapp.commands.execute('neutrino-lab:open-session', { id });
  }, session_id);
  const cells = page.locator(`#neutrino-lab-session-${session_id} .nl-ArtifactCell`);
  await expect(page.getByRole('tab', { name: 'of an agent' })).toBeVisible();
  await expect(cells.first().locator('.jp-OutputArea')).toHaveText(/20/);
  await post('execute', { code: 'total + 1', session_id });
  await expect(cells.nth(1).locator('.jp-OutputArea')).toHaveText(/21/);
  await cells.nth(2).getByRole('textbox', { name: 'Code' }).fill('total + 2');
  await page.keyboard.press('Shift+Enter');
  await expect(cells.nth(2).locator('.jp-OutputArea')).toHaveText(/22/, { timeout: 60000 });
  await expect(cells).toHaveCount(4);
  await page.request.delete(`/api/jupyter/kernel/${session_id}`);
  await expect(page.getByText('The session has ended. What was run is still here.')).toBeVisible();
});
