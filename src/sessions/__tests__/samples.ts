import type { ISessionsListener } from '../../api';
import type { SessionAnswer } from '../../protocol';

export function session(changes: Partial<SessionAnswer> = {}): SessionAnswer {
  return {
    session_id: 'a1',
    name: 'Primes',
    kernel_name: 'python3',
    kernel_id: 'k1',
    state: 'idle',
    owner: '',
    created: 1000,
    last_used: 1000,
    ttl_s: 3600,
    isolation: 'bubblewrap',
    limits: { memory_mb: 2048, processes: 256, cpu_s: 0 },
    active_limits: { processes: 'RLIMIT_NPROC', memory_mb: 'RLIMIT_DATA' },
    memory_mb: 84.4,
    ...changes
  };
}

/** A server that pushes when it is told to. */
export class FakeServer {
  readonly listeners: ISessionsListener[] = [];
  ended = 0;

  listen = (listener: ISessionsListener) => {
    this.listeners.push(listener);
    let isDisposed = false;
    return {
      get isDisposed() {
        return isDisposed;
      },
      dispose: () => {
        this.ended += isDisposed ? 0 : 1;
        isDisposed = true;
      }
    };
  };

  push(revision: number, ...sessions: readonly SessionAnswer[]): void {
    this.listeners[this.listeners.length - 1]?.told({ revision, sessions });
  }

  close(): void {
    this.listeners[this.listeners.length - 1]?.closed();
  }
}
