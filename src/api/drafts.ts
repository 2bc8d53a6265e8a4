/**
 * The calls of drafts: operators that a model writes from words, on their way to a person's yes.
 */
import type { ServerConnection } from '@jupyterlab/services';
import type { DraftAccepted, DraftPreview, DraftRequest, DraftStarted } from '../protocol';
import { call } from './calls';
import { follow, type IServerEvent } from './streams';

/** What the model of a draft needs of the server. */
export interface IDraftsApi {
  /** What would be sent where; nothing is sent. */
  preview(request: DraftRequest): Promise<DraftPreview>;
  begin(request: DraftRequest): Promise<DraftStarted>;
  /** Its events from the first one on; they end with `candidate` or `failed`. */
  follow(id: string, signal: AbortSignal): AsyncGenerator<IServerEvent>;
  /** The cell and what to keep of it; the caller writes it. */
  accept(id: string): Promise<DraftAccepted>;
  /** Stop it, and forget it. */
  discard(id: string): Promise<void>;
}

/** The calls over HTTP. */
export class DraftsClient implements IDraftsApi {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  preview(request: DraftRequest): Promise<DraftPreview> {
    return this._post<DraftPreview>('/preview', request);
  }

  begin(request: DraftRequest): Promise<DraftStarted> {
    return this._post<DraftStarted>('', request);
  }

  follow(id: string, signal: AbortSignal): AsyncGenerator<IServerEvent> {
    return follow({
      signal,
      open: after =>
        this._call('GET', at(id), {
          signal,
          headers: { Accept: 'text/event-stream', ...(after && { 'Last-Event-ID': after }) }
        })
    });
  }

  accept(id: string): Promise<DraftAccepted> {
    return this._post<DraftAccepted>(`${at(id)}/accept`, {});
  }

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

function at(id: string): string {
  return `/${encodeURIComponent(id)}`;
}
