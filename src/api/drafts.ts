/**
 * The calls of drafts: operators that a model writes from words, on their way to a person's yes.
 */
import type { ServerConnection } from '@jupyterlab/services';
import type { DraftAccepted, DraftPreview, DraftRequest, DraftStarted } from '../protocol';
import { call } from './calls';
import { follow, streamInit, type IServerEvent } from './streams';

/** The calls over HTTP. */
export class DraftsClient {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  /** What would be sent where; nothing is sent. */
  preview(request: DraftRequest): Promise<DraftPreview> {
    return this._post<DraftPreview>('/preview', request);
  }

  begin(request: DraftRequest): Promise<DraftStarted> {
    return this._post<DraftStarted>('', request);
  }

  /** Its events from the first one on; they end with `candidate` or `failed`. */
  follow(id: string, signal: AbortSignal): AsyncGenerator<IServerEvent> {
    return follow({
      signal,
      open: after => this._call('GET', at(id), streamInit(signal, after))
    });
  }

  /** The cell and what to keep of it; the caller writes it. */
  accept(id: string): Promise<DraftAccepted> {
    return this._post<DraftAccepted>(`${at(id)}/accept`, {});
  }

  /** Stop it, and forget it. */
  async discard(id: string): Promise<void> {
    await this._call('DELETE', at(id));
  }

  private async _post<T>(path: string, body: object): Promise<T> {
    return (await (await this._call('POST', path, { body: JSON.stringify(body) })).json()) as T;
  }

  private _call(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    return call(this._settings, `neutrino/api/drafts${path}`, { ...init, method });
  }
}

/** What the model of a draft needs of the server. */
export type IDraftsApi = Pick<DraftsClient, keyof DraftsClient>;

function at(id: string): string {
  return `/${encodeURIComponent(id)}`;
}
