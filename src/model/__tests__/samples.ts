/**
 * Wire messages to begin from: a test says only what matters to it.
 */
import type { INeutrinoApi } from '../../api';
import type { Analysis, Endpoint, Figures, Finding, Served, ServedEvent } from '../../protocol';

export function endpoint(changes: Partial<Endpoint> = {}): Endpoint {
  return {
    key: 'GET /api/hello',
    kind: 'http',
    badge: 'GET',
    path: '/api/hello',
    function: 'hello',
    cell: 2,
    cell_id: 'hello',
    timing: '',
    timezone: '',
    next: [],
    ...changes
  };
}

export function finding(changes: Partial<Finding> = {}): Finding {
  return {
    code: 'NL302',
    severity: 'error',
    message: '`nam` is not declared',
    hint: 'declare it',
    cell: 2,
    cell_id: 'hello',
    span: null,
    fixes: [],
    ...changes
  };
}

export function served(changes: Partial<Served> = {}): Served {
  return {
    id: 'a1',
    path: 'quickstart.ipynb',
    state: 'live',
    url: '/neutrino/live/a1/',
    reason: '',
    command: '',
    running: null,
    endpoints: [endpoint()],
    findings: [],
    version: 1,
    restarts: 0,
    started: 0,
    ...changes
  };
}

export function analysis(changes: Partial<Analysis> = {}): Analysis {
  return {
    endpoints: [endpoint()],
    findings: [],
    cells: [{ cell_id: 'hello', cell: 2, tokens: [] }],
    ...changes
  };
}

export function figures(changes: Partial<Figures> = {}): Figures {
  return {
    key: 'GET /api/hello',
    calls: 0,
    errors: 0,
    latencies_ms: [],
    clients: 0,
    rooms: 0,
    last_run: '',
    next: '',
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
    exportFolder: async () => ({ folder: 'out', command: 'docker run', files: 1, findings: [] }),
    liveUrl: (each, path) => `http://localhost${each.url}${path.slice(1)}`,
    docsUrl: each => `http://localhost/neutrino/docs/${each.id}`,
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
    this._listener?.({ served: null, id: '', figures: [], ...event });
  }

  get isHeard(): boolean {
    return this._listener !== null;
  }

  private _listener: ((event: ServedEvent) => void) | null = null;
}
