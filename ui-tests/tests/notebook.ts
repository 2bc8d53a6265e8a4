/**
 * What the journeys have in common: the quickstart, the panel, the lens of an endpoint.
 */
import { randomUUID } from 'crypto';
import { readFile } from 'fs/promises';
import * as path from 'path';
import { expect, type IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

const EXAMPLES = path.resolve(__dirname, '../../examples');

interface INotebook {
  readonly cells: { source: string | string[] }[];
  readonly metadata: object;
}

async function readNotebook(name: string): Promise<INotebook> {
  return JSON.parse(await readFile(path.join(EXAMPLES, name), 'utf8')) as INotebook;
}

/** As much of JupyterLab as is reached past its keyboard. */
interface IApp {
  readonly shell: {
    readonly currentWidget: {
      readonly content: {
        readonly widgets: readonly {
          readonly model: { readonly sharedModel: { setSource(text: string): void } };
        }[];
      };
    };
  };
}

/** Drag something onto the middle of something else, by the mouse. */
export async function drag(source: Locator, target: Locator): Promise<void> {
  const { mouse } = source.page();
  await source.hover();
  await mouse.down();
  await target.hover();
  const box = await target.boundingBox();
  if (box) {
    await mouse.move(box.x + box.width / 2, box.y + box.height / 2, { steps: 4 });
  }
  await mouse.up();
}

/** Where things are on the page. */
export class Bench {
  constructor(
    readonly page: IJupyterLabPageFixture,
    readonly folder: string
  ) {}

  get panel(): Locator {
    return this.page.locator('#neutrino-lab-panel');
  }

  get status(): Locator {
    return this.page.locator('.nl-Status-button');
  }

  get serveButton(): Locator {
    return this.page.locator('jp-button[data-command="neutrino-lab:toggle-serving"]');
  }

  section(id: string): Locator {
    return this.panel.locator(`[data-section="${id}"]`);
  }

  lens(endpoint: string): Locator {
    return this.page.getByRole('toolbar', { name: `Endpoint ${endpoint},` });
  }

  /** Upload an example. */
  async upload(name = 'quickstart.ipynb'): Promise<void> {
    await this._put(name, await readNotebook(name));
  }

  /** Upload an example and open it, with the panel beside it. */
  async open(name = 'quickstart.ipynb'): Promise<void> {
    const { page } = this;
    await this.upload(name);
    await page.notebook.openByPath(`${this.folder}/${name}`);
    await page.sidebar.openTab('neutrino-lab-panel');
  }

  /** Open an example of which one cell has another source. */
  async openChanged(name: string, cell: number, change: (source: string) => string): Promise<void> {
    const { page, folder } = this;
    const notebook = await readNotebook(name);
    const changed = notebook.cells[cell];
    if (changed) {
      changed.source = change([changed.source].flat().join(''));
    }
    await this._put(name, notebook);
    await page.notebook.openByPath(`${folder}/${name}`);
    await page.sidebar.openTab('neutrino-lab-panel');
  }

  /** Make a notebook of these code cells and open it, with the panel beside it. */
  async openCells(name: string, sources: readonly string[]): Promise<void> {
    const { page, folder } = this;
    await this.putCells(name, sources);
    await page.notebook.openByPath(`${folder}/${name}`);
    await page.sidebar.openTab('neutrino-lab-panel');
  }

  /** Make a notebook of these code cells. */
  async putCells(name: string, sources: readonly string[]): Promise<void> {
    const cells = sources.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index + 1}`,
      metadata: {},
      outputs: [],
      execution_count: null,
      source
    }));
    const kernelspec = { name: 'python3', display_name: 'Python 3', language: 'python' };
    const notebook = { cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 };
    await this._put(name, notebook);
  }

  /** Write a notebook that nobody has trusted before: trust is remembered by content. */
  private async _put(name: string, notebook: INotebook): Promise<void> {
    const metadata = { ...notebook.metadata, test: randomUUID() };
    const text = JSON.stringify({ ...notebook, metadata }, null, 1);
    await this.page.contents.uploadContent(text, 'text', `${this.folder}/${name}`);
  }

  /** Wait until the whole notebook is in a state. */
  async reaches(word: string): Promise<void> {
    await expect(this.section('server').locator('.nl-StatusKind')).toHaveText(word, {
      timeout: 20000
    });
  }

  async serve(): Promise<void> {
    // Nobody has signed the uploaded file, so it is asked about once.
    await this.serveButton.click();
    await this.page.getByRole('button', { name: 'Trust and serve' }).click();
    await this.reaches('Live');
  }

  async stop(): Promise<void> {
    await this.section('server').getByRole('button', { name: 'Stop' }).click();
    await this.reaches('Not served');
  }

  /** Change a cell of the notebook in front, not by typing: it takes long, and an editor indents. */
  async edit(cell: number, change: (source: string) => string): Promise<void> {
    const { page } = this;
    const source = change((await page.notebook.getCellTextInput(cell)) ?? '');
    await page.evaluate(
      ([at, text]) => {
        const { shell } = (window as unknown as { jupyterapp: IApp }).jupyterapp;
        shell.currentWidget.content.widgets[at]?.model.sharedModel.setSource(text);
      },
      [cell, source] as const
    );
  }

  /** What an endpoint answers, by the address that the menu of its lens copies. */
  async call(endpoint: string, query = ''): Promise<unknown> {
    await this.lens(endpoint).getByRole('button', { name: /^More/ }).click();
    await this.page.getByRole('menuitem', { name: 'Copy Endpoint URL' }).click();
    const url = await this.page.evaluate(() => navigator.clipboard.readText());
    const response = await this.page.request.get(url + query);
    return response.json();
  }

  /** The notebook's file, byte for byte. */
  async bytes(name = 'quickstart.ipynb'): Promise<string> {
    const response = await this.page.request.get(`/files/${this.folder}/${name}`);
    return response.text();
  }
}
