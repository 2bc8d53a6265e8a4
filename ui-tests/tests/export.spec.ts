import { expect, galata, test } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { violations } from './axe';
import { Bench } from './notebook';
import { inThemes } from './themes';

test.use({
  permissions: ['clipboard-read', 'clipboard-write'],
  mockSettings: {
    ...galata.DEFAULT_SETTINGS,
    'neutrino-lab:model': { exportPackages: ['libgomp1'] }
  }
});
// An export starts interpreters, and resolves requirements.
test.setTimeout(150000);

const NAME = 'means.ipynb';
const TITLE = 'Mean values';
const CELLS = [
  { id: 'imports', source: 'import yaml\n\nscale = 10' },
  { id: 'chart', source: 'chart = "only for me to look at"' },
  {
    id: 'mean',
    source: [
      '"""',
      '@HTTP',
      'GET /api/mean',
      '"""',
      'def mean():',
      '    return {"mean": scale, "text": yaml.dump([scale])}'
    ].join('\n')
  }
];

/** The notebook of these tests: an endpoint, what it needs, and a cell that it does not need. */
function notebook(): string {
  const cells = CELLS.map(({ id, source }) => ({
    cell_type: 'code',
    id,
    metadata: {},
    outputs: [],
    execution_count: null,
    source
  }));
  const kernelspec = { name: 'python3', display_name: 'Python 3', language: 'python' };
  const examples = { mean: [{ name: 'plain', endpoint: 'GET /api/mean', values: {} }] };
  const metadata = { kernelspec, neutrino_lab: { examples } };
  return JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 });
}

class ExportBench extends Bench {
  get pane(): Locator {
    return this.page.locator('.nl-ExportPane');
  }

  part(id: string): Locator {
    return this.pane.locator(`[data-section="${id}"]`);
  }

  field(name: string): Locator {
    return this.pane.getByRole('textbox', { name, exact: true });
  }

  cell(name: RegExp): Locator {
    return this.part('cells').getByRole('checkbox', { name });
  }

  file(name: RegExp): Locator {
    return this.pane.getByRole('treeitem', { name });
  }

  get toast(): Locator {
    return this.page.locator('.Toastify__toast').last();
  }

  /** Open the pane the way that leaves the hands on the keyboard. */
  async openPane(): Promise<void> {
    const { page } = this;
    await page.contents.uploadContent(notebook(), 'text', `${this.folder}/${NAME}`);
    await page.notebook.openByPath(`${this.folder}/${NAME}`);
    await page.notebook.selectCells(0);
    await page.keyboard.press('n');
    await page.keyboard.press('e');
    await expect(this.part('files')).toBeVisible({ timeout: 30000 });
  }

  /** Wait until the plan is of what is asked for. */
  async isPlanned(): Promise<void> {
    await expect(this.pane.locator('.nl-Export-plan[data-stale="false"]')).toBeVisible({
      timeout: 30000
    });
  }

  /** Write at the end of the first cell. */
  async append(text: string): Promise<void> {
    await this.page.locator('.jp-Notebook .jp-Cell .cm-content').first().click();
    await this.page.keyboard.press('Control+End');
    await this.page.keyboard.type(text);
  }

  async export(): Promise<void> {
    await this.pane.getByRole('checkbox', { name: 'Check before' }).setChecked(false);
    await this.pane.getByRole('button', { name: 'Export', exact: true }).click();
    await expect(this.toast).toContainText('was written', { timeout: 60000 });
  }
}

test('plan, export, edit and see what has changed', async ({ page, tmpPath }) => {
  const bench = new ExportBench(page, tmpPath);
  const { keyboard } = page;

  await test.step('N E opens the pane, and the focus is in it', async () => {
    await bench.openPane();
    await expect(bench.field('Name')).toBeFocused();
    await expect(bench.field('Name')).toHaveValue('means');
    await expect(bench.field('Folder')).toHaveValue(`${tmpPath}/means-build`);
  });

  await test.step('every cell says why it is in or out', async () => {
    await expect(bench.part('cells')).toContainText('declares GET /api/mean');
    await expect(bench.cell(/Cell 1: import yaml, needed by GET \/api\/mean/)).toBeChecked();
    await expect(bench.cell(/Cell 2: .*every cell goes in/)).toBeChecked();
    await expect(bench.part('requirements')).toContainText(/pyyaml==[\d.]+/i);
    await expect(bench.part('requirements')).toContainText('imported by');
  });

  await test.step('axe finds nothing, with a file shown and a port that is none', async () => {
    const port = await bench.field('Port').inputValue();
    await bench.file(/main.py/).click();
    await bench.field('Port').fill('0');
    await expect(bench.pane).toContainText('A port is a number');
    await inThemes(page, ['light', 'dark'], async theme => {
      expect(await violations(page, ['.nl-ExportPane']), theme).toEqual([]);
    });
    await bench.field('Port').fill(port);
    await expect(bench.pane).not.toContainText('A port is a number');
  });

  await test.step('it is given a name, and has the packages that the settings say', async () => {
    await bench.field('Name').fill(TITLE);
    await expect(bench.field('Debian packages')).toHaveValue('libgomp1');
    await expect(bench.pane.locator('.nl-CommandLine').last()).toContainText(
      /'--title=Mean values'.* --package=libgomp1/,
      { timeout: 30000 }
    );
  });

  await test.step('only what is needed leaves the chart out', async () => {
    await bench.pane.getByRole('checkbox', { name: 'Only what is needed' }).check();
    await expect(bench.cell(/Cell 2: .*not needed by any endpoint/)).not.toBeChecked({
      timeout: 30000
    });
    await expect(bench.part('cells')).toContainText('Cells (2 of 3)');
    await expect(bench.pane.locator('.nl-CommandLine').last()).toContainText('--only-needed');
  });

  await test.step('files for replicas and for Ray come with a tick each, and go with it', async () => {
    const commandLine = bench.pane.locator('.nl-CommandLine').last();
    const ticks = ['Files for replicas', 'Files for Ray Serve'].map(name =>
      bench.pane.getByRole('checkbox', { name })
    );
    for (const tick of ticks) {
      await tick.check();
    }
    await expect(bench.file(/^compose\.scale\.yaml/)).toBeVisible({ timeout: 30000 });
    await expect(bench.file(/^serve\.yaml/)).toBeVisible();
    await expect(commandLine).toContainText(/--replicas.* --engine[= ]ray/);
    for (const tick of ticks) {
      await tick.uncheck();
    }
    await expect(bench.file(/^compose\.scale\.yaml/)).toHaveCount(0, { timeout: 30000 });
    await expect(commandLine).not.toContainText('--engine');
  });

  await test.step('a list is one stop, with arrows inside', async () => {
    await bench.cell(/Cell 1/).focus();
    await keyboard.press('ArrowDown');
    await expect(bench.cell(/Cell 2/)).toBeFocused();
    await keyboard.press('ArrowRight');
    await expect(bench.pane.getByRole('button', { name: 'Go to cell 2' })).toBeFocused();
    await keyboard.press('Home');
    await expect(bench.pane.getByRole('button', { name: 'Go to cell 1' }).first()).toBeFocused();
    await keyboard.press('ArrowLeft');
    await expect(bench.cell(/Cell 1/)).toBeFocused();
  });

  await test.step('without a cell that is needed there is a problem, and no export', async () => {
    await keyboard.press('Space');
    await expect(bench.part('problems')).toContainText('scale', { timeout: 30000 });
    await expect(bench.cell(/left out by you, though needed/)).not.toBeChecked();
    await keyboard.press('Space');
    await expect(bench.part('problems')).toHaveCount(0, { timeout: 30000 });
  });

  await test.step('the options go into the notebook when told to, and not before', async () => {
    await expect(bench.pane).not.toContainText('edits that are not saved');
    await bench.pane.getByRole('button', { name: 'Save these options' }).click();
    await bench.pane.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(bench.pane).not.toContainText('edits that are not saved');
    const kept = JSON.parse(await bench.bytes(NAME)) as { metadata: { neutrino_lab: unknown } };
    expect(kept.metadata.neutrino_lab).toEqual({
      examples: { mean: [{ name: 'plain', endpoint: 'GET /api/mean', values: {} }] },
      export: { title: TITLE, only_needed: true, packages: ['libgomp1'] }
    });
  });

  await test.step('Export writes the folder', async () => {
    await bench.isPlanned();
    await expect(bench.part('files')).toContainText('new');
    await bench.export();
    expect(await page.contents.fileExists(`${tmpPath}/means-build/main.py`)).toBe(true);
    expect(await page.contents.fileExists(`${tmpPath}/means-build/Dockerfile`)).toBe(true);
    const readme = await page.request.get(`/files/${tmpPath}/means-build/README.md`);
    expect(await readme.text()).toMatch(/^# Mean values\n/);
    await bench.toast.getByRole('button', { name: 'Copy docker command' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^docker compose/);
    await bench.toast.getByRole('button', { name: 'Open folder' }).click();
    await expect(page.locator('.jp-DirListing-item[title*="main.py"]')).toBeVisible();
  });

  await test.step('an edit is told, saved, and shown as a difference', async () => {
    await expect(bench.pane.getByRole('heading', { name: /^Files: \d+ same$/ })).toBeVisible({
      timeout: 30000
    });
    await bench.append('2');
    await expect(bench.pane).toContainText('edits that are not saved');
    await bench.pane.getByRole('button', { name: 'Save', exact: true }).click();
    await expect(bench.part('files')).toContainText('1 changed', { timeout: 30000 });
    const changed = bench.pane.locator('.nl-FileRow[data-change="changed"]');
    await changed.focus();
    await keyboard.press('Enter');
    await expect(bench.pane.locator('[data-kind="removed"]')).toHaveText('− scale = 10\n');
    await expect(bench.pane.locator('[data-kind="added"]')).toHaveText('+ scale = 102\n');
    await expect(bench.pane).toContainText('1 change since');
  });

  await test.step('Escape goes back to the notebook', async () => {
    await keyboard.press('Escape');
    await expect(page.locator('.jp-Notebook :focus, .jp-Notebook:focus')).toHaveCount(1);
  });
});

test('check, cancel, and find the folder whole', async ({ page, tmpPath }) => {
  const bench = new ExportBench(page, tmpPath);
  await bench.openPane();

  await test.step('a check asks for trust, and replays the saved example', async () => {
    await bench.pane.getByRole('button', { name: 'Check in a fresh process' }).click();
    await page.getByRole('button', { name: 'Trust and check' }).click();
    await expect(bench.part('check')).toContainText('The saved example works.', {
      timeout: 60000
    });
    await expect(bench.part('check').getByRole('listitem')).toContainText(
      /✓ok.*GET \/api\/mean plain.*200/
    );
  });

  await bench.export();
  const main = `/files/${tmpPath}/means-build/cells/means.py`;
  const before = await (await page.request.get(main)).text();

  await test.step('an export that hangs in its check is cancelled; the folder is whole', async () => {
    await bench.append('\nimport time\ntime.sleep(600)');
    await bench.pane.getByRole('button', { name: 'Save', exact: true }).click();
    await bench.pane.getByRole('checkbox', { name: 'Check before' }).check();
    await bench.pane.getByRole('button', { name: 'Export', exact: true }).click();
    await page.getByRole('button', { name: 'Trust and check' }).click();
    await expect(bench.pane.locator('.nl-ExportBar')).toContainText('Checking', {
      timeout: 60000
    });
    await bench.pane.getByRole('button', { name: 'Cancel' }).click();
    await expect(bench.toast).toContainText('was cancelled', { timeout: 30000 });
    expect(await (await page.request.get(main)).text()).toBe(before);
  });
});
