import { CallFailed } from '../../../api';
import type { Export } from '../../../protocol';
import { exportPlan } from '../../__tests__/samples';
import { WRITTEN, build, settle } from './samples';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

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
    const { session, plans, exported, cancelled } = build({
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
    expect([exported.length, plans.length, cancelled, started]).toEqual([
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
