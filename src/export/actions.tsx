/**
 * What the pane's buttons do: check and export, after asking for trust where code is to run.
 */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import * as React from 'react';
import { askForTrust, isUntrusted } from '../commands/trust';
import { isTrusted, type ExportSession, type NotebookContext } from '../model';
import type { IViewContext } from '../view';

/** The buttons of one notebook's pane. */
export class ExportActions {
  constructor(
    private readonly _context: NotebookContext,
    private readonly _session: ExportSession,
    private readonly _view: IViewContext,
    /** Go back to the notebook. */
    readonly leave: () => void
  ) {}

  /** Start the app in a fresh process. */
  async check(): Promise<void> {
    const { _session: session } = this;
    await this._withTrust(true, async trusted => {
      await session.startCheck(trusted);
      return session.check?.failure ?? null;
    });
  }

  /** Write the folder. */
  async export(): Promise<void> {
    const { _session: session } = this;
    await this._withTrust(session.draft.check, async trusted => {
      await session.startExport(trusted);
      return session.exporting?.failure ?? null;
    });
  }

  /** Ask first where code is to run that nobody trusts, or where the server does not. */
  private async _withTrust(
    runsCode: boolean,
    act: (trusted: boolean) => Promise<Error | null>
  ): Promise<void> {
    const mustAsk = runsCode && !isTrusted(this._context.model);
    if (mustAsk && !(await this._ask())) {
      return;
    }
    const failure = await act(mustAsk);
    if (!mustAsk && isUntrusted(failure) && (await this._ask())) {
      await act(true);
    }
  }

  private _ask(): Promise<boolean> {
    const { trans } = this._view;
    const question = {
      title: trans.__('Check an untrusted notebook?'),
      body: trans.__(
        'A check runs every cell of “%1” on this machine, and you have not run or trusted it yet. Check it only if you know where it comes from. Planning and exporting without a check run nothing.',
        this._context.path
      ),
      accept: trans.__('Trust and check')
    };
    return askForTrust(question, trans);
  }
}

/** Show what a process has written. */
export async function showLog(log: string, { trans }: IViewContext): Promise<void> {
  await showDialog({
    title: trans.__('What the app wrote'),
    body: (
      <pre className="nl-ExportLog" tabIndex={0}>
        {log}
      </pre>
    ),
    buttons: [Dialog.okButton({ label: trans.__('Close') })]
  });
}
