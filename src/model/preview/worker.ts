/**
 * The served notebook as the one that answers.
 */
import type { INeutrinoApi } from '../../api';
import { DisposableObservable } from '../../observable';
import { CALL_HEADER, STATUS_HEADER, type Endpoint, type Served } from '../../protocol';
import { isUp, type IStatus } from '../status';
import type { NotebookState } from '../notebook';
import type { IOutgoing } from './request';
import type { IOpenApi } from './schema';
import { SendFailed, type ICalling, type IReply, type ITarget } from './target';
import { noted } from './noting';
import { isSame } from './values';

/**
 * Calls the worker through the Jupyter server. `changed` is emitted when the app's description is
 * there.
 */
export class WorkerTarget extends DisposableObservable implements ITarget {
  constructor(
    private readonly _api: Pick<INeutrinoApi, 'callLive' | 'journal' | 'liveUrl'>,
    private readonly _state: Pick<NotebookState, 'snapshot' | 'changed' | 'statsChanged'>
  ) {
    super();
    _state.changed.connect(this._onStateChanged, this);
  }

  readonly kind = 'worker';

  status(_: Endpoint, served: IStatus): IStatus {
    return served;
  }

  get openApi(): IOpenApi | null {
    return isUp(this._state.snapshot.served) ? this._openApi : null;
  }

  watch(endpoint: Endpoint | null): void {
    this._isWatched = endpoint !== null;
    this._onStateChanged();
  }

  /** The absolute address of a request, which holds a query already. */
  url(served: Served, { target }: IOutgoing): string {
    return this._api.liveUrl(served, '/') + target.slice(1);
  }

  async send(request: IOutgoing, { id, endpoint, signal }: ICalling): Promise<IReply> {
    const { served } = this._state.snapshot;
    if (!isUp(served)) {
      throw new SendFailed({ kind: 'not-served' });
    }
    const init = asInit(request, id, signal);
    const response = await this._api.callLive(this.url(served, request), init);
    const reader = response.body?.getReader();
    return {
      ...statusOf(response),
      headers: [...response.headers.entries()].filter(([name]) => name !== STATUS),
      read: async () => (await reader?.read())?.value ?? null,
      note: () =>
        noted(
          async () => {
            // Only the author may ask.
            const journal = await this._api.journal(served.id, endpoint.key).catch(() => null);
            return journal?.calls.find(each => each.id === id) ?? null;
          },
          this._state.statsChanged,
          () => signal.aborted || this._state.snapshot.served?.id !== served.id
        )
    };
  }

  private _onStateChanged(): void {
    if (this._isWatched) {
      void this._describe(this._state.snapshot.served);
    }
  }

  /** Read the app's own description, once for each version of it. */
  private async _describe(served: Served | null): Promise<void> {
    const version = isUp(served) ? `${served.id} ${served.version}` : '';
    if (!isUp(served) || version === this._described) {
      return;
    }
    this._described = version;
    try {
      const answer = await this._api.callLive(this._api.liveUrl(served, '/openapi.json'), {});
      const found = answer.ok ? ((await answer.json()) as IOpenApi) : null;
      if (
        found &&
        !this.isDisposed &&
        version === this._described &&
        !isSame(found, this._openApi)
      ) {
        this._openApi = found;
        this._changed.emit();
      }
    } catch {
      // The declaration alone says enough for a form.
      this._described = '';
    }
  }

  private _openApi: IOpenApi | null = null;
  private _described = '';
  private _isWatched = false;
}

const STATUS = STATUS_HEADER.toLowerCase();

/** The app's own status: that of a redirect comes in a header, since no page could see it. */
function statusOf(response: Response): Pick<IReply, 'status' | 'statusText'> {
  const told = /^(3\d\d) ?(.*)$/.exec(response.headers.get(STATUS) ?? '');
  return told
    ? { status: Number(told[1]), statusText: told[2] ?? '' }
    : { status: response.status, statusText: response.statusText };
}

function asInit(request: IOutgoing, id: string, signal: AbortSignal): RequestInit {
  const { method, headers, body, form } = request;
  const sent = headers.map(([name, value]): [string, string] => [name, value]);
  const init: RequestInit = { method, headers: [...sent, [CALL_HEADER, id]], signal };
  if (form) {
    init.body = asFormData(form);
  } else if (body !== null) {
    init.body = body;
  }
  return init;
}

/** The fields of a form as the browser sends them. */
export function asFormData(form: NonNullable<IOutgoing['form']>): FormData {
  const parts = new FormData();
  form.forEach(([name, value]) => parts.append(name, value));
  return parts;
}
