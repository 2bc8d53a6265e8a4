/**
 * Wire messages to begin from: a test says only what matters to it.
 */
import type { INeutrinoApi } from '../../api';
import type {
  Analysis,
  Call,
  ExportPlan,
  EndpointStats,
  Diagnostic,
  HttpEndpoint,
  Journal,
  ScheduleEndpoint,
  Served,
  ServedEvent,
  WebSocketEndpoint
} from '../../protocol';
import { EMPTY_DRAFT } from '../export/draft';

const NOWHERE = { line: 1, column: 0, end_line: 1, end_column: 0 };

const COMMON = { function: 'hello', cell: 2, cell_id: 'hello', inputs: [] };

export function endpoint(changes: Partial<HttpEndpoint> = {}): HttpEndpoint {
  return {
    ...COMMON,
    key: 'GET /api/hello',
    kind: 'http',
    badge: 'GET',
    path: '/api/hello',
    media: '',
    ...changes
  };
}

export function socket(changes: Partial<WebSocketEndpoint> = {}): WebSocketEndpoint {
  return {
    ...COMMON,
    key: 'WS /ws/hello',
    kind: 'websocket',
    badge: 'WS',
    path: '/ws/hello',
    mode: 'event',
    to: 'all',
    ...changes
  };
}

export function schedule(changes: Partial<ScheduleEndpoint> = {}): ScheduleEndpoint {
  return {
    ...COMMON,
    key: 'SCHEDULE quickstart:hello',
    kind: 'schedule',
    badge: 'CRON',
    path: '',
    timing: '',
    timezone: '',
    words: '',
    next: [],
    notes: [],
    ...changes
  };
}

export function diagnostic(changes: Partial<Diagnostic> = {}): Diagnostic {
  return {
    code: 'NL302',
    severity: 'error',
    message: '`nam` is not declared',
    message_wording: null,
    hint: 'declare it',
    hint_wording: null,
    cell: 2,
    cell_id: 'hello',
    span: null,
    fixes: [],
    action: '',
    ...changes
  };
}

export function served(changes: Partial<Served> = {}): Served {
  return {
    id: 'a1',
    path: 'quickstart.ipynb',
    state: 'live',
    url: '/neutrino/live/a1/',
    own_url: '',
    reason: '',
    command: '',
    running: null,
    endpoints: [endpoint()],
    diagnostics: [],
    behind: [],
    follows_saves: true,
    revision: 0,
    version: 1,
    restarts: 0,
    started: 0,
    ...changes
  };
}

export function analysis(changes: Partial<Analysis> = {}): Analysis {
  return {
    endpoints: [endpoint()],
    diagnostics: [],
    cells: [{ cell_id: 'hello', cell: 2, tokens: [] }],
    functions: [],
    ...changes
  };
}

export function stats(changes: Partial<EndpointStats> = {}): EndpointStats {
  return {
    key: 'GET /api/hello',
    calls: 0,
    errors: 0,
    latencies_ms: [],
    p50_ms: 0,
    p95_ms: 0,
    p99_ms: 0,
    clients: 0,
    rooms: 0,
    last_run: '',
    next: '',
    last_status: 0,
    last_output: '',
    is_paused: false,
    newest: '',
    rate: 0,
    ...changes
  };
}

export function journal(changes: Partial<Journal> = {}): Journal {
  return {
    cursor: '',
    is_whole: true,
    calls: [],
    messages: [],
    prints: [],
    crashes: [],
    runs: [],
    ...changes
  };
}

export function call(changes: Partial<Call> = {}): Call {
  return {
    id: '',
    key: 'GET /api/hello',
    status: 200,
    started: 1,
    duration_ms: 2,
    request: null,
    undeclared: [],
    output: '',
    failure: null,
    ...changes
  };
}

export function exportPlan(changes: Partial<ExportPlan> = {}): ExportPlan {
  return {
    options: { ...EMPTY_DRAFT, folder: 'out', python: '3.11' },
    cells: [],
    requirements: [],
    files: [],
    diagnostics: [],
    cli: 'neutrino build',
    ...changes
  };
}

/** An API that answers what it is told to. */
export function fakeApi(changes: Partial<INeutrinoApi> = {}): INeutrinoApi {
  return {
    analyse: async () => analysis(),
    listServed: async () => [],
    serve: async () => served(),
    stop: async () => undefined,
    restart: async () => undefined,
    complete: async () => ({ items: [], is_declaration: false }),
    hover: async () => ({ markdown: '', span: null }),
    declare: async () => ({ title: '', title_wording: null, span: NOWHERE, text: '' }),
    snippets: async () => ({ items: [] }),
    judge: async () => ({ error: '' }),
    quickstart: async () => ({ cells: [] }),
    journal: async () => journal(),
    actOnSchedule: async () => undefined,
    stream: () => new Promise(() => undefined),
    actOnStream: async () => ({ rows: [] }),
    ownPort: async () => ({ url: 'http://127.0.0.1:1', key: 'key' }),
    kernelCode: async () => ({ expression: 'ask' }),
    planExport: async () => exportPlan(),
    checkExport: async () => ({ ok: true, examples: [], diagnostics: [], armed: [], log: '' }),
    exportFolder: async () => ({
      folder: 'out',
      command: 'docker compose up',
      cli: 'neutrino build',
      files: 1,
      edited: [],
      diagnostics: [],
      check: null
    }),
    cancelExport: async () => undefined,
    liveUrl: (each, path) => `http://localhost${each.url}${path.slice(1)}`,
    docsUrl: each => `http://localhost/neutrino/docs/${each.id}`,
    callLive: async () => new Response('{}'),
    ...changes
  };
}

/** An event stream in the test's hands. */
export class FakeEvents {
  readonly listen = (listener: (event: ServedEvent) => void) => {
    this._listener = listener;
    return {
      isDisposed: false,
      dispose: (): void => {
        this._listener = null;
      }
    };
  };

  emit(event: Partial<ServedEvent>): void {
    this._listener?.({ served: null, id: '', stats: [], progress: null, ...event });
  }

  get isHeard(): boolean {
    return this._listener !== null;
  }

  private _listener: ((event: ServedEvent) => void) | null = null;
}
