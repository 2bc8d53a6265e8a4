/**
 * The calls of the server part, typed. Nothing here remembers anything.
 */
import { URLExt } from '@jupyterlab/coreutils';
import type { ServerConnection } from '@jupyterlab/services';
import type {
  Analysis,
  AnalysisRequest,
  Check,
  Completions,
  DeclareRequest,
  Export,
  ExportPlan,
  ExportRequest,
  Fix,
  Hover,
  Journal,
  JudgeRequest,
  Judgement,
  KernelCode,
  KernelRequest,
  OwnPort,
  PositionRequest,
  Replayed,
  ScheduleRequest,
  Served,
  ServeRequest,
  Snippets,
  StreamReport,
  StreamRequest
} from '../protocol';
import { call } from './calls';

/** The calls over HTTP. */
export class NeutrinoClient {
  constructor(private readonly _settings: ServerConnection.ISettings) {}

  analyse(request: AnalysisRequest): Promise<Analysis> {
    return this._call<Analysis>('POST', 'analyses', request);
  }

  listServed(): Promise<readonly Served[]> {
    return this._call<readonly Served[]>('GET', 'served');
  }

  serve(request: ServeRequest): Promise<Served> {
    return this._call<Served>('POST', 'served', request);
  }

  stop(id: string): Promise<void> {
    return this._call<void>('DELETE', served(id));
  }

  /** Serve it from a new process. */
  restart(id: string): Promise<void> {
    return this._call<void>('POST', `${served(id)}/restart`);
  }

  complete(request: PositionRequest): Promise<Completions> {
    return this._call<Completions>('POST', 'completions', request);
  }

  hover(request: PositionRequest): Promise<Hover> {
    return this._call<Hover>('POST', 'hovers', request);
  }

  declare(request: DeclareRequest): Promise<Fix> {
    return this._call<Fix>('POST', 'declarations', request);
  }

  snippets(): Promise<Snippets> {
    return this._call<Snippets>('GET', 'snippets');
  }

  /** A notebook to begin from, as the contents API takes it. */
  quickstart(name: string): Promise<object> {
    return this._call<object>('GET', `quickstart?name=${encodeURIComponent(name)}`);
  }

  judge(request: JudgeRequest): Promise<Judgement> {
    return this._call<Judgement>('POST', 'judgements', request);
  }

  /** What happened at an endpoint, since a cursor of an earlier answer. */
  journal(id: string, key: string, since = ''): Promise<Journal> {
    const query = new URLSearchParams({ key, since });
    return this._call<Journal>('GET', `${served(id)}/journal?${query.toString()}`);
  }

  actOnSchedule(id: string, request: ScheduleRequest): Promise<void> {
    return this._call<void>('POST', `${served(id)}/schedules`, request);
  }

  stream(
    id: string,
    key: string,
    parameters: Readonly<Record<string, unknown>>
  ): Promise<StreamReport> {
    const query = new URLSearchParams({ key, parameters: JSON.stringify(parameters) });
    return this._call<StreamReport>('GET', `${served(id)}/streams?${query.toString()}`);
  }

  actOnStream(id: string, request: StreamRequest): Promise<Replayed> {
    return this._call<Replayed>('POST', `${served(id)}/streams`, request);
  }

  ownPort(id: string): Promise<OwnPort> {
    return this._call<OwnPort>('GET', `${served(id)}/port`);
  }

  /** What a notebook's kernel is to evaluate, to tell of its endpoints or to call one. */
  kernelCode(request: KernelRequest): Promise<KernelCode> {
    return this._call<KernelCode>('POST', 'kernel-code', request);
  }

  planExport(request: ExportRequest): Promise<ExportPlan> {
    return this._call<ExportPlan>('POST', 'plans', request);
  }

  checkExport(request: ExportRequest): Promise<Check> {
    return this._call<Check>('POST', 'checks', request);
  }

  exportFolder(request: ExportRequest): Promise<Export> {
    return this._call<Export>('POST', 'exports', request);
  }

  /** End the plan, check or export that was asked for under this id. */
  cancelExport(id: string): Promise<void> {
    return this._call<void>('DELETE', `exports/${encodeURIComponent(id)}`);
  }

  /** The absolute address of a path below a served notebook. */
  liveUrl(served: Served, path: string, scheme: 'http' | 'ws' = 'http'): string {
    const root = new URL(this._settings.baseUrl, document.baseURI);
    const base = served.url.startsWith(root.pathname)
      ? served.url
      : URLExt.join(root.pathname, served.url);
    const origin = scheme === 'ws' ? root.origin.replace(/^http/, 'ws') : root.origin;
    return origin + URLExt.join(base, path);
  }

  /** The absolute address of the API page of a served notebook. */
  docsUrl(served: Served): string {
    const base = new URL(this._settings.baseUrl, document.baseURI).href;
    return URLExt.join(base, 'neutrino/docs', encodeURIComponent(served.id));
  }

  /** Call a served notebook itself, as its author, who is logged in here. */
  callLive(url: string, init: RequestInit): Promise<Response> {
    // Not by `makeRequest`, which adds a moment to the query that the app would see.
    const headers = new Headers(init.headers);
    if (!this._isLive(url)) {
      return Promise.reject(new Error(`Not an address of a served notebook: ${url}`));
    }
    const xsrf = /(?:^|; )_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    if (xsrf) {
      headers.set('X-XSRFToken', decodeURIComponent(xsrf));
    }
    if (this._settings.token) {
      headers.set('Authorization', `token ${this._settings.token}`);
    }
    const request: RequestInit = {
      cache: 'no-store',
      credentials: 'same-origin',
      ...init,
      // Where a redirect leads is the app's choice: nothing of the user's may go there.
      redirect: 'manual',
      headers
    };
    // On its own: the browser's `fetch` is no method of the settings.
    const { fetch } = this._settings;
    return fetch(url, request);
  }

  /** Whether what says who the user is may go to an address. */
  private _isLive(url: string): boolean {
    const root = new URL(URLExt.join(this._settings.baseUrl, 'neutrino/live/'), document.baseURI);
    const { origin, pathname } = new URL(url, document.baseURI);
    return origin === root.origin && pathname.startsWith(root.pathname);
  }

  private async _call<T>(method: string, path: string, body?: object): Promise<T> {
    const init: RequestInit = { method };
    if (body) {
      init.body = JSON.stringify(body);
    }
    const response = await call(this._settings, `neutrino/api/${path}`, init);
    return (response.status === 204 ? undefined : await response.json()) as T;
  }
}

/** What the models need of the server part. */
export type INeutrinoApi = Pick<NeutrinoClient, keyof NeutrinoClient>;

function served(id: string): string {
  return `served/${encodeURIComponent(id)}`;
}
