/**
 * Waits until a notebook is served.
 */
import type { Served } from '../../protocol';
import { isUp } from '../status';
import type { NotebookState } from '../notebook';

/** What is served once it answers; null where it does not come up. */
export function whenUp(state: NotebookState): Promise<Served | null> {
  return new Promise(resolve => {
    const look = (): void => {
      const { served } = state.snapshot;
      if (served?.state === 'starting' || served?.state === 'restarting') {
        return;
      }
      state.changed.disconnect(look);
      resolve(isUp(served) ? served : null);
    };
    state.changed.connect(look);
    look();
  });
}
