import { dismissDialog } from '@jupyterlab/testing';
import { nullTranslator } from '@jupyterlab/translation';
import { served } from '../../model/__tests__/samples';
import type { NeutrinoModel } from '../../model';
import { startOver, stop } from '../serve';

/** Only against hanging. */
const DEADLINE_MS = 60_000;

const trans = nullTranslator.load('neutrino_lab');

/** The title of the dialog that opens, once React has drawn it. */
async function shownTitle(): Promise<string> {
  for (;;) {
    const title = document.querySelector('.jp-Dialog-header')?.textContent;
    if (title) {
      return title;
    }
    await new Promise(resolve => setTimeout(resolve));
  }
}

describe('what is refused', () => {
  const refuse = async () => {
    throw new Error('It is another user’s.');
  };
  const model = { api: { restart: refuse }, served: { stop: refuse } } as unknown as NeutrinoModel;

  it.each([
    ['quickstart.ipynb was not stopped', stop],
    ['quickstart.ipynb was not started over', startOver]
  ])(
    'is told as %s',
    async (title, act) => {
      const told = act(served(), model, trans);
      expect(await shownTitle()).toBe(title);
      await dismissDialog(document.body, DEADLINE_MS);
      await told;
    },
    DEADLINE_MS
  );
});
