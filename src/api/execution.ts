/**
 * The calls of the execution service: sessions, code that runs in them, and chats with a model.
 */
import type { ServerConnection } from '@jupyterlab/services';
import type { IDisposable } from '@lumino/disposable';
import type { SessionAnswer } from '../protocol';
import { call } from './calls';
import { listenTo, type IListener } from './sessions';
import { follow, streamInit, type IServerEvent } from './streams';

/** The model that would be asked, and where it is. */
export interface IChatModel {
  readonly model: string;
  readonly host: string;
}

/** What the user has set of the model to ask. No key: that is the server's own. */
export interface IChatOptions {
  readonly model?: string;
  readonly base_url?: string;
  readonly rounds?: number;
}

/** A message as `/chat/completions` has it. */
export type ChatMessage = Readonly<Record<string, unknown>>;

/** A question to the model. Files are texts, or bytes in base64. */
export interface IChatBody {
  readonly messages: readonly ChatMessage[];
  readonly session_id?: string;
  readonly files?: Readonly<Record<string, string | { readonly base64: string }>>;
  readonly asks_first?: boolean;
}

/** What a person says to code that waits. */
export interface IDecision {
  readonly run: boolean;
  readonly code?: string;
  readonly remark?: string;
}

/** Code to run in a session. */
export interface IExecuteBody {
  readonly code: string;
  readonly session_id: string;
}

/** What is told of a session: of itself, or of an execution in it. */
export interface ISessionEvent {
  readonly type: string;
  readonly execution_id: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Who is told of a session. */
export type ISessionListener = IListener<ISessionEvent>;

/** The calls over HTTP. A stream ends with its last event. */
export class ExecutionClient {
  /** `options` are the user's settings, which each question goes with. */
  constructor(
    private readonly _settings: ServerConnection.ISettings,
    private readonly _options: () => IChatOptions = () => ({})
  ) {}

  /** Raises CallFailed with code `no-model` where none is set. */
  chatModel(): Promise<IChatModel> {
    const { model = '', base_url = '' } = this._options();
    const query = new URLSearchParams({ model, base_url });
    return this._json<IChatModel>('GET', `chat?${query.toString()}`);
  }

  ask(body: IChatBody, signal: AbortSignal): AsyncGenerator<IServerEvent> {
    return this._events('POST', 'chat', signal, { ...this._options(), ...body });
  }

  /** A chat that was begun before, from its beginning. */
  chat(id: string, signal: AbortSignal): AsyncGenerator<IServerEvent> {
    return this._events('GET', `chat/${part(id)}`, signal);
  }

  async stopChat(id: string): Promise<void> {
    await this._call('DELETE', `chat/${part(id)}`);
  }

  async decide(id: string, callId: string, decision: IDecision): Promise<void> {
    await this._call('POST', `chat/${part(id)}/calls/${part(callId)}`, json(decision));
  }

  execute(body: IExecuteBody, signal: AbortSignal): AsyncGenerator<IServerEvent> {
    return this._events('POST', 'execute', signal, body);
  }

  openSession(name: string): Promise<SessionAnswer> {
    return this._json<SessionAnswer>('POST', 'kernel', { name });
  }

  session(id: string): Promise<SessionAnswer> {
    return this._json<SessionAnswer>('GET', `kernel/${part(id)}`);
  }

  async interrupt(id: string): Promise<void> {
    await this._call('POST', `kernel/${part(id)}/interrupt`);
  }

  /** Listen to a session, from all that it holds on, until the result is disposed. */
  listen(id: string, listener: ISessionListener): IDisposable {
    return listenTo<ISessionEvent>(this._settings, `${part(id)}/events`, listener);
  }

  async putFile(id: string, path: string, content: Blob): Promise<void> {
    await this._call('PUT', file(id, path), { body: content });
  }

  private _events(
    method: string,
    path: string,
    signal: AbortSignal,
    body?: object
  ): AsyncGenerator<IServerEvent> {
    return follow({
      signal,
      open: after =>
        this._call(method, path, { ...(body && json(body)), ...streamInit(signal, after) })
    });
  }

  private async _json<T>(method: string, path: string, body?: object): Promise<T> {
    return (await (await this._call(method, path, body && json(body))).json()) as T;
  }

  private _call(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    return call(this._settings, `api/jupyter/${path}`, { ...init, method });
  }
}

/** What the models need of the execution service. */
export type IExecutionApi = Pick<ExecutionClient, keyof ExecutionClient>;

function json(body: object): RequestInit {
  return { body: JSON.stringify(body) };
}

function part(name: string): string {
  return encodeURIComponent(name);
}

function file(id: string, path: string): string {
  return `kernel/${part(id)}/files/${path.split('/').map(part).join('/')}`;
}
