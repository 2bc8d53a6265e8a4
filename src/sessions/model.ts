/**
 * The user's sessions, as the server pushes them.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { ISessionsApi } from '../api';
import { DisposableObservable } from '../observable';
import type { SessionAnswer, SessionsEvent } from '../protocol';

/**
 * All sessions of the user. The newest push is the whole truth; nothing is asked in between.
 * `changed` is emitted when a session has changed.
 */
export class KernelSessions extends DisposableObservable {
  constructor(private readonly _api: Pick<ISessionsApi, 'listen'>) {
    super();
  }

  /** The newest last; what was told last, while the server does not answer. */
  get all(): readonly SessionAnswer[] {
    return this._all;
  }

  /** Emitted when a connection that stood has ended. */
  get lost(): ISignal<this, void> {
    return this._lost;
  }

  get(id: string): SessionAnswer | null {
    return this._all.find(each => each.session_id === id) ?? null;
  }

  /** Listen, unless that is so already; true once the server has told what there is. */
  connect(): Promise<boolean> {
    this._connecting ??= new Promise(resolve => {
      let revision = -1;
      this._connection = this._api.listen({
        told: event => {
          if (event.revision > revision) {
            revision = event.revision;
            this._adopt(event);
          }
          resolve(true);
        },
        closed: () => {
          const wasOpen = revision >= 0;
          this._disconnect();
          resolve(false);
          if (wasOpen) {
            this._lost.emit();
          }
        }
      });
    });
    return this._connecting;
  }

  protected override release(): void {
    this._disconnect();
  }

  private _adopt({ sessions }: SessionsEvent): void {
    this._all = [...sessions].sort((one, other) => one.created - other.created);
    this._changed.emit();
  }

  private _disconnect(): void {
    this._connection?.dispose();
    this._connection = null;
    this._connecting = null;
  }

  private readonly _lost = new Signal<this, void>(this);
  private _all: readonly SessionAnswer[] = [];
  private _connection: IDisposable | null = null;
  private _connecting: Promise<boolean> | null = null;
}
