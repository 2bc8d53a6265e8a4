import type { JSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import type { Export, ExportPlan, ExportRequest } from '../../../protocol';
import { FakeEvents } from '../../__tests__/samples';
import { Preferences, type IPreferences } from '../../preferences';
import { Jobs } from '../job';
import { ExportSession } from '../session';

export const WRITTEN: Export = {
  folder: 'a-build',
  command: 'docker compose up',
  cli: 'neutrino build a.ipynb',
  files: 3,
  edited: [],
  diagnostics: [],
  check: null
};

interface IAsked {
  readonly request: ExportRequest;
  readonly answer: (plan: ExportPlan) => void;
  readonly fail: (error: Error) => void;
}

/** Until the pause after a change is over, and what follows it has happened. */
export const settle = () => jest.advanceTimersByTimeAsync(100);

/** A session over a document and a server in the test's hands. */
export function build(
  options: {
    metadata?: JSONObject;
    settings?: Partial<IPreferences>;
    isTrusted?: boolean;
    exportFolder?: () => Promise<Export>;
  } = {}
) {
  const events = new FakeEvents();
  const cancelled: string[] = [];
  const plans: IAsked[] = [];
  const checks: ExportRequest[] = [];
  const exported: ExportRequest[] = [];
  let count = 0;
  const jobs = new Jobs({
    api: { cancelExport: async id => void cancelled.push(id) },
    listen: events.listen,
    newId: () => `job-${(count += 1)}`
  });
  const analysis = {
    changed: new Signal<object, void>({}),
    isAhead: false,
    savedSources: new Map([['c1', 'one']]) as ReadonlyMap<string, string>,
    sources: new Map([['c1', 'one']]) as ReadonlyMap<string, string>
  };
  const document = {
    value: options.metadata as unknown,
    path: () => 'a.ipynb',
    kernelName: () => 'python3',
    isTrusted: () => options.isTrusted ?? true,
    metadata: () => document.value,
    setMetadata: (value: JSONObject) => {
      document.value = value;
      document.metadataChanged.emit();
    },
    metadataChanged: new Signal<object, void>({})
  };
  const preferences = new Preferences();
  preferences.update(options.settings ?? {});
  const session = new ExportSession({
    api: {
      planExport: request => new Promise((answer, fail) => plans.push({ request, answer, fail })),
      checkExport: async request => {
        checks.push(request);
        return { ok: true, examples: [], log: '', diagnostics: [], armed: [] };
      },
      exportFolder: request => {
        exported.push(request);
        return options.exportFolder?.() ?? Promise.resolve(WRITTEN);
      }
    },
    jobs,
    analysis: analysis as unknown as ExportSession.IOptions['analysis'],
    document,
    preferences,
    delayMs: 100,
    now: () => new Date(0)
  });
  const save = (text: string) => {
    analysis.savedSources = new Map([['c1', text]]);
    analysis.sources = analysis.savedSources;
    analysis.isAhead = false;
    analysis.changed.emit();
  };
  return {
    session,
    events,
    cancelled,
    plans,
    checks,
    exported,
    analysis,
    document,
    preferences,
    save
  };
}
