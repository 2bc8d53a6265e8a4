import { StateDB } from '@jupyterlab/statedb';
import { FirstRunHint } from '../firstrunhint';

async function restored(storage: StateDB | null): Promise<FirstRunHint> {
  const hint = new FirstRunHint(storage);
  await new Promise<void>(resolve => {
    hint.changed.connect(() => resolve());
  });
  return hint;
}

describe('the first success', () => {
  it('is told until it has been seen, and never again', async () => {
    const storage = new StateDB();
    const first = await restored(storage);
    expect(first.isDue).toBe(true);
    first.dismiss();
    expect(first.isDue).toBe(false);
    expect((await restored(storage)).isDue).toBe(false);
  });

  it('is not told where that cannot be remembered', () => {
    expect(new FirstRunHint(null).isDue).toBe(false);
  });
});
