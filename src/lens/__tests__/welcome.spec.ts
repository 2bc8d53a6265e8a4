import { StateDB } from '@jupyterlab/statedb';
import { Welcome } from '../welcome';

async function restored(storage: StateDB | null): Promise<Welcome> {
  const welcome = new Welcome(storage);
  await new Promise<void>(resolve => {
    welcome.changed.connect(() => resolve());
  });
  return welcome;
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
    expect(new Welcome(null).isDue).toBe(false);
  });
});
