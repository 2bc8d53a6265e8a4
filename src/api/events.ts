/**
 * What the server pushes through Jupyter's event stream.
 */
import type { Event } from '@jupyterlab/services';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import { SCHEMA_ID, type ServedEvent } from '../protocol';

/** Call `listener` with every event of ours, until the result is disposed. */
export function listen(
  events: Event.IManager,
  listener: (event: ServedEvent) => void
): IDisposable {
  const slot = (_: unknown, emission: Event.Emission): void => {
    if (emission.schema_id === SCHEMA_ID) {
      const told = emission as unknown as Partial<ServedEvent>;
      listener({ served: null, id: '', stats: [], progress: null, ...told });
    }
  };
  events.stream.connect(slot);
  return new DisposableDelegate(() => {
    events.stream.disconnect(slot);
  });
}
