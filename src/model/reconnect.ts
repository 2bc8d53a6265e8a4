/**
 * Finds a lost server again; nothing is asked while the server is there.
 */
import type { IDisposable } from '@lumino/disposable';
import { Poll } from '@lumino/polling';
import { Signal, type ISignal } from '@lumino/signaling';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;
const IDLE = new Set(['constructed', 'stopped']);

/** Asks after the connection has failed, less and less often, until there is an answer. */
export class Reconnection implements IDisposable {
  constructor({ failed, ask }: Reconnection.IOptions) {
    this._poll = new Poll({
      auto: false,
      factory: async () => {
        if (!(await ask())) {
          throw new Error('The server does not answer.');
        }
        await this._poll.stop();
      },
      frequency: { interval: FIRST_PAUSE_MS, backoff: true, max: LONGEST_PAUSE_MS },
      name: 'neutrino-lab:reconnection',
      // A page that nobody looks at can wait.
      standby: 'when-hidden'
    });
    failed.connect(this._onFailed, this);
    window.addEventListener('offline', this._onOffline);
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  dispose(): void {
    window.removeEventListener('offline', this._onOffline);
    this._poll.dispose();
    Signal.clearData(this);
  }

  /** The browser knows at once. */
  private readonly _onOffline = (): void => void this._poll.refresh();

  private _onFailed(): void {
    // Unless it asks already: what asks may be what has failed.
    const cancel = ({ phase }: Poll['state']): boolean => !IDLE.has(phase);
    void this._poll.schedule({ cancel, interval: FIRST_PAUSE_MS, phase: 'started' });
  }

  private readonly _poll: Poll<void>;
}

export namespace Reconnection {
  export interface IOptions {
    /** Emitted when the connection fails. */
    readonly failed: ISignal<object, unknown>;
    /** Ask; true where the server answered. */
    readonly ask: () => Promise<boolean>;
  }
}
