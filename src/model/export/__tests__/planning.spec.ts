import { exportPlan } from '../../__tests__/samples';
import { build, settle } from './samples';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

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
