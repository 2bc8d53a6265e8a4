import type { JSONObject } from '@lumino/coreutils';
import { Signal } from '@lumino/signaling';
import { CallFailed } from '../../../api';
import type { Export, ExportPlan, ExportRequest } from '../../../protocol';
import { FakeEvents, exportPlan } from '../../__tests__/samples';
import { Preferences, type IPreferences } from '../../preferences';
import { Jobs } from '../job';
import { ExportSession } from '../session';

const WRITTEN: Export = {
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

/** A session over a document and a server in the test's hands. */
function build(
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
  const exports: ExportRequest[] = [];
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
        exports.push(request);
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
    exports,
    analysis,
    document,
    preferences,
    save
  };
}

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());
const settle = () => jest.advanceTimersByTimeAsync(100);

describe('the plan', () => {
  it('is asked for with all that is known, when somebody looks', async () => {
    const { session, plans } = build({ metadata: { export: { files: ['data.csv'] } } });
    await settle();
    expect(plans).toEqual([]);
    session.watch();
    expect(plans.map(each => each.request)).toEqual([
      {
        path: 'a.ipynb',
        id: 'job-1',
        kernel_name: 'python3',
        options: {
          folder: '',
          title: '',
          python: '',
          port: 8000,
          only_needed: false,
          replicas: false,
          engine: '',
          ray: [],
          excluded: [],
          files: ['data.csv'],
          max_file_mb: 100,
          packages: [],
          check: true
        }
      }
    ]);
    plans[0]?.answer(exportPlan());
    await settle();
    expect([session.newestPlan, session.planning, session.isPlanStale]).toEqual([
      exportPlan(),
      null,
      false
    ]);
  });

  it('follows a burst of changes once', async () => {
    const { session, plans } = build();
    session.watch();
    plans[0]?.answer(exportPlan());
    await settle();
    session.change({ folder: 'o' });
    session.change({ folder: 'out' });
    expect([session.draft.folder, session.isPlanStale]).toEqual(['out', true]);
    await settle();
    expect(plans.map(each => each.request.options?.folder)).toEqual(['', 'out']);
  });

  it('of an earlier draft is dropped, and called off on the server', async () => {
    const { session, plans, cancelled } = build();
    session.watch();
    session.change({ port: 9000 });
    await settle();
    plans[1]?.answer(exportPlan({ cli: 'new' }));
    await settle();
    plans[0]?.answer(exportPlan({ cli: 'old' }));
    await settle();
    expect([session.newestPlan?.cli, session.isPlanStale, cancelled]).toEqual([
      'new',
      false,
      ['job-1']
    ]);
  });

  it('is out of date as soon as the draft changes while it is worked out', async () => {
    const { session, plans } = build();
    session.watch();
    session.change({ port: 9000 });
    plans[0]?.answer(exportPlan());
    await settle();
    expect([session.isPlanStale, plans.length]).toEqual([true, 2]);
  });

  it('does not depend on whether there is a check', async () => {
    const { session, plans } = build();
    session.watch();
    plans[0]?.answer(exportPlan());
    await settle();
    session.change({ check: false });
    await settle();
    expect([session.draft.check, session.isPlanStale, plans.length]).toEqual([false, false, 1]);
  });

  it('is made again on every save while somebody looks', async () => {
    const { session, plans, save, analysis } = build();
    const watch = session.watch();
    plans[0]?.answer(exportPlan());
    await settle();
    analysis.isAhead = true;
    analysis.changed.emit();
    expect([session.isUnsaved, plans.length]).toEqual([true, 1]);
    save('two');
    expect([session.isUnsaved, plans.length]).toEqual([false, 2]);
    plans[1]?.answer(exportPlan());
    await settle();
    watch.dispose();
    save('three');
    await settle();
    expect([plans.length, session.isPlanStale]).toEqual([2, true]);
    session.watch();
    expect(plans.length).toBe(3);
  });

  it('is not asked for with a flawed draft', async () => {
    const { session, plans } = build();
    session.watch();
    session.change({ port: 0 });
    await settle();
    expect([plans.length, session.planning]).toEqual([1, null]);
  });

  it('keeps the last good one beside a failure', async () => {
    const { session, plans } = build();
    session.watch();
    plans[0]?.answer(exportPlan());
    await settle();
    session.change({ python: '3.99' });
    await settle();
    plans[1]?.fail(new Error('no such Python'));
    await settle();
    expect([session.planFailure?.message, session.newestPlan]).toEqual([
      'no such Python',
      exportPlan()
    ]);
    session.change({ python: '' });
    await settle();
    plans[2]?.answer(exportPlan());
    await settle();
    expect(session.planFailure).toBeNull();
  });

  it('is called off when nobody looks any more', () => {
    const { session, cancelled } = build();
    session.watch().dispose();
    expect([session.planning, cancelled]).toEqual([null, ['job-1']]);
  });

  it('shows how far it is', () => {
    const { session, events } = build();
    session.watch();
    let count = 0;
    session.changed.connect(() => (count += 1));
    events.emit({ id: 'job-1', progress: { stage: 'resolving', done: 0, total: 0 } });
    expect([session.planning?.progress?.stage, count]).toEqual(['resolving', 1]);
  });
});

describe('a check', () => {
  it('says that the user trusts the notebook, and of which version it was', async () => {
    const { session, checks, save } = build({ isTrusted: false });
    expect(session.draft.check).toBe(false);
    await session.startCheck(true);
    expect(checks.map(each => [each.id, each.trusted])).toEqual([['job-1', true]]);
    expect([session.checked?.ok, session.isCheckStale]).toEqual([true, false]);
    save('two');
    expect(session.isCheckStale).toBe(true);
  });
});

describe('an export', () => {
  it('stops the planning, is alone, and is planned again afterwards', async () => {
    let written: (result: Export) => void = () => undefined;
    const { session, plans, exports, cancelled } = build({
      exportFolder: () => new Promise(resolve => (written = resolve))
    });
    const started: string[] = [];
    session.exportStarted.connect((_, job) => started.push(job.id));
    session.watch();
    const over = session.startExport(false);
    await session.startCheck(false);
    await session.startExport(false);
    session.change({ port: 9000 });
    await settle();
    expect([exports.length, plans.length, cancelled, started]).toEqual([
      1,
      1,
      ['job-1'],
      ['job-2']
    ]);
    expect(session.running?.id).toBe('job-2');
    written(WRITTEN);
    await settle();
    expect([session.running, plans.length]).toEqual([null, 2]);
    plans[1]?.answer(exportPlan());
    await over;
    expect(session.exporting?.result).toEqual(WRITTEN);
  });

  it('is remembered with what has changed since', async () => {
    const { session, analysis } = build();
    expect([session.lastExport, session.changesSince]).toEqual([null, 0]);
    await session.startExport(false);
    expect([session.lastExport?.at, session.changesSince]).toEqual([new Date(0), 0]);
    analysis.sources = new Map([
      ['c1', 'edited'],
      ['c2', 'new']
    ]);
    expect(session.changesSince).toBe(2);
  });

  it('may bring a check along', async () => {
    const check = { ok: true, examples: [], log: 'started', diagnostics: [], armed: [] };
    const { session } = build({ exportFolder: async () => ({ ...WRITTEN, check }) });
    await session.startExport(false);
    expect([session.checked, session.isCheckStale]).toEqual([check, false]);
  });

  it('that its check has kept from being written shows that check', async () => {
    const check = { ok: false, examples: [], log: 'Traceback', diagnostics: [], armed: [] };
    const problem = { code: 'check-failed', message: 'no', context: { check } };
    const { session } = build({
      exportFolder: () => Promise.reject(new CallFailed(422, problem))
    });
    await session.startExport(false);
    expect([session.checked, session.lastExport]).toEqual([check, null]);
  });

  it('that failed leaves the last one what it was', async () => {
    const { session } = build({ exportFolder: () => Promise.reject(new Error('disk full')) });
    await session.startExport(false);
    expect([session.lastExport, session.exporting?.failure?.message]).toEqual([null, 'disk full']);
  });
});

describe('the options', () => {
  it('are written into the notebook only when told to, and then wait for the save', () => {
    const { session, document, save } = build({ metadata: { examples: [1] } });
    session.change({ packages: ['libgomp1'] });
    expect([document.value, session.areOptionsKept]).toEqual([{ examples: [1] }, false]);
    session.keepOptions();
    expect([session.areOptionsKept, session.isUnsaved]).toEqual([true, true]);
    expect(document.value).toEqual({
      examples: [1],
      export: { packages: ['libgomp1'] }
    });
    save('one');
    expect(session.isUnsaved).toBe(false);
  });
});

describe('a disposed session', () => {
  it('asks nothing and says nothing', async () => {
    const { session, plans, save, cancelled } = build();
    session.watch();
    session.dispose();
    let count = 0;
    session.changed.connect(() => (count += 1));
    save('two');
    plans[0]?.answer(exportPlan());
    await settle();
    expect([plans.length, count, cancelled, session.newestPlan]).toEqual([1, 0, ['job-1'], null]);
  });
});

describe('what the settings add', () => {
  const settings = { exportFiles: ['fonts/*'], exportPackages: ['git'] };
  const metadata = { export: { files: ['data.csv'] } };

  it('is in the draft, and in the notebook only when it is told to keep it', () => {
    const { session, document } = build({ metadata, settings });
    expect([session.draft.files, session.draft.packages]).toEqual([
      ['data.csv', 'fonts/*'],
      ['git']
    ]);
    expect([document.value, session.areOptionsKept]).toEqual([metadata, false]);
    session.keepOptions();
    expect([document.value, session.areOptionsKept]).toEqual([
      { export: { files: ['data.csv', 'fonts/*'], packages: ['git'] } },
      true
    ]);
  });

  it('reaches a session that is there already, and its plan', async () => {
    const { session, plans, preferences } = build({ metadata });
    session.watch();
    plans[0]?.answer(exportPlan());
    await settle();
    preferences.update(settings);
    expect([session.draft.files, session.draft.packages, session.isPlanStale]).toEqual([
      ['data.csv', 'fonts/*'],
      ['git'],
      true
    ]);
    await settle();
    expect(plans.map(each => each.request.options?.packages)).toEqual([[], ['git']]);
    preferences.update({});
    expect([session.draft.files, session.draft.packages]).toEqual([['data.csv'], []]);
  });

  it('leaves a list alone that the user has edited', () => {
    const { session, preferences } = build({ metadata, settings });
    session.change({ files: [], title: 'Shop' });
    preferences.update({ exportFiles: ['logos/*'], exportPackages: ['libgomp1'] });
    expect([session.draft.files, session.draft.packages, session.draft.title]).toEqual([
      [],
      ['libgomp1'],
      'Shop'
    ]);
  });

  it('is no news where other settings change', () => {
    const { session, plans, preferences } = build({ metadata, settings });
    session.watch();
    plans[0]?.answer(exportPlan());
    preferences.update({ ...settings, lens: 'off' });
    session.dispose();
    preferences.update({});
    expect([session.draft.files, plans.length]).toEqual([['data.csv', 'fonts/*'], 1]);
  });
});
