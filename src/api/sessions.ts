/**
 * The sessions of the execution service: what the server pushes of them, and what one does to them.
 */
import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import { DisposableDelegate, type IDisposable } from '@lumino/disposable';
import type { SessionsEvent } from '../protocol';
import { call } from './calls';

const PATH = 'api/jupyter/kernel';

/** Who is told what is pushed. */
export interface IListener<T> {
  told(event: T): void;
  /** The connection has ended, or could not be had. */
  closed(): void;
}

/** Who is told of sessions. */
export type ISessionsListener = IListener<SessionsEvent>;

/** The calls over HTTP, and the push over a WebSocket. */
export class SessionsClient {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  /** Listen until the result is disposed; after that nothing is told. */
  listen(listener: ISessionsListener): IDisposable {
    return listenTo<SessionsEvent>(this._settings, 'events', listener);
  }

  interrupt(id: string): Promise<void> {
    return this._call('POST', id, 'interrupt');
  }

  restart(id: string): Promise<void> {
    return this._call('POST', id, 'restart');
  }

  end(id: string): Promise<void> {
    return this._call('DELETE', id);
  }

  /** The absolute address of the page that shows a session by itself. */
  pageUrl(id: string): string {
    const base = new URL(this._settings.baseUrl, document.baseURI).href;
    return URLExt.join(base, PATH, encodeURIComponent(id), 'artifact');
  }

  private async _call(method: string, id: string, action = ''): Promise<void> {
    await call(this._settings, URLExt.join(PATH, encodeURIComponent(id), action), { method });
  }
}

/** What the model of the sessions needs of the server. */
export type ISessionsApi = Pick<SessionsClient, keyof SessionsClient>;

/** Listen to what is pushed at a path below the sessions. */
export function listenTo<T>(
  settings: ServerConnection.ISettings,
  path: string,
  listener: IListener<T>
): IDisposable {
  const { WebSocket, appendToken, token, wsUrl } = settings;
  const query = appendToken && token ? `?token=${encodeURIComponent(token)}` : '';
  const socket = new WebSocket(URLExt.join(wsUrl, PATH, path) + query);
  socket.onmessage = ({ data }) => listener.told(JSON.parse(data as string) as T);
  socket.onclose = () => listener.closed();
  return new DisposableDelegate(() => {
    socket.onmessage = socket.onclose = null;
    socket.close();
  });
}
