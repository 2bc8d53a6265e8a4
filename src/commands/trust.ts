/**
 * Asking whether a notebook may run that nobody has run or trusted yet.
 */
import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { CallFailed } from '../api';

/** The code of the server's refusal to run a notebook that nobody has vouched for. */
const UNTRUSTED = 'untrusted';

/** What is asked, in the words of what is about to happen. */
export interface ITrustQuestion {
  readonly title: string;
  readonly body: string;
  readonly accept: string;
}

/** Whether a call was refused because the server does not trust the notebook. */
export function isUntrusted(error: unknown): boolean {
  return error instanceof CallFailed && error.problem.code.includes(UNTRUSTED);
}

/** True where the user takes responsibility. */
export async function askForTrust(
  question: ITrustQuestion,
  trans: TranslationBundle
): Promise<boolean> {
  const { title, body, accept } = question;
  const answer = await showDialog({
    title,
    body,
    buttons: [
      Dialog.cancelButton({ label: trans.__('Cancel') }),
      Dialog.okButton({ label: accept })
    ],
    defaultButton: 0
  });
  return answer.button.accept;
}
