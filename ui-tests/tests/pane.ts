import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

/** A pane, and what it holds. */
export class PanePage {
  constructor(
    readonly page: IJupyterLabPageFixture,
    private readonly _selector: string
  ) {}

  get pane(): Locator {
    return this.page.locator(this._selector);
  }

  button(name: string): Locator {
    return this.pane.getByRole('button', { name, exact: true });
  }

  textbox(name: string): Locator {
    return this.pane.getByRole('textbox', { name, exact: true });
  }
}
