/**
 * A session that is followed: its artifact shows all that is run there, whoever runs it.
 */
import type { IDisposable } from '@lumino/disposable';
import { Signal, type ISignal } from '@lumino/signaling';
import type { IExecutionApi, ISessionEvent } from '../api';
import { DisposableObservable } from '../observable';
import type { SessionAnswer } from '../protocol';
import type { Artifact } from './artifact';
import type { ArtifactCell, EventData } from './cell';

/**
 * Feeds an artifact with what the server pushes of its session. `changed` is emitted when the
 * session stands otherwise.
 */
export class FollowedSession extends DisposableObservable {
  constructor(private readonly _options: FollowedSession.IOptions) {
    super();
  }

  /** Emitted when a connection that stood has ended. */
  get lost(): ISignal<this, void> {
    return this._lost;
  }

  get artifact(): Artifact {
    return this._options.artifact;
  }

  /** The session, as it was told last; null before. */
  get session(): SessionAnswer | null {
    return this._session;
  }

  /** Whether there is no such session, or not any more. */
  get hasEnded(): boolean {
    return this._hasEnded;
  }

  /** Listen; true once the server has told what there is, or that there is nothing to be told. */
  connect(): Promise<boolean> {
    if (this.isDisposed || this._hasEnded) {
      return Promise.resolve(true);
    }
    const { api, id } = this._options;
    return new Promise(resolve => {
      let wasTold = false;
      this._connection?.dispose();
      this._connection = api.listen(id, {
        told: event => {
          wasTold = true;
          this._take(event);
          resolve(true);
        },
        closed: () => void this._onClosed(wasTold).then(resolve)
      });
    });
  }

  protected override release(): void {
    this._connection?.dispose();
    this.artifact.dispose();
  }

  /** A socket does not say why it was refused: the session itself does. */
  private async _onClosed(wasTold: boolean): Promise<boolean> {
    const { api, id } = this._options;
    this._connection = null;
    if (this._hasEnded || this.isDisposed) {
      return true;
    }
    const isGone = await api.session(id).then(
      () => false,
      (error: { readonly status?: number }) => error.status === 404
    );
    if (isGone) {
      this._end();
    } else if (wasTold) {
      this._lost.emit();
    }
    return isGone;
  }

  private _take({ type, execution_id: id, data }: ISessionEvent): void {
    if (type === 'session') {
      const { cells, ...session } = data;
      this._session = session as unknown as SessionAnswer;
      for (const cell of Array.isArray(cells) ? (cells as EventData[]) : []) {
        this._adopt(String(cell.execution_id), cell);
      }
      this._changed.emit();
    } else if (type === 'ended') {
      this._end();
    } else if (id !== null && type === 'cell') {
      this._adopt(id, data);
    } else if (id !== null) {
      const cell = this._find(id);
      // What is run from here has a stream of its own.
      if (cell?.state === 'running' && !this.artifact.runs(cell)) {
        cell.take(type, data);
      }
    }
  }

  /** Show a cell that is run, or was. */
  private _adopt(id: string, data: EventData): void {
    const { artifact, now } = this._options;
    const code = String(data.code);
    const known =
      this._find(id) ??
      artifact.cells.find(each => artifact.runs(each) && !each.executionId && each.code === code);
    if (known && artifact.runs(known)) {
      known.executionId = id;
      return;
    }
    if (known && known.state !== 'running') {
      return;
    }
    // All events of what runs are told again to who comes back.
    const cell = known ?? artifact.add(code, 'running');
    cell.begin(now(), code);
    cell.executionId = id;
    if (data.status !== undefined) {
      cell.finish(data);
    }
  }

  private _find(id: string): ArtifactCell | undefined {
    return this.artifact.cells.find(cell => cell.executionId === id);
  }

  private _end(): void {
    this._hasEnded = true;
    this.artifact.running?.stop('session_expired');
    this._changed.emit();
  }

  private readonly _lost = new Signal<this, void>(this);
  private _connection: IDisposable | null = null;
  private _session: SessionAnswer | null = null;
  private _hasEnded = false;
}

export namespace FollowedSession {
  export interface IOptions {
    readonly api: IExecutionApi;
    readonly artifact: Artifact;
    readonly id: string;
    readonly now: () => number;
  }
}
