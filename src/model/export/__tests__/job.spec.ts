import { FakeEvents } from '../../__tests__/samples';
import { Jobs } from '../job';

const progress = (done: number) => ({ stage: 'checking' as const, done, total: 5 });

/** A call in the test's hands. */
function build(cancelExport: (id: string) => Promise<void> = async () => undefined) {
  const events = new FakeEvents();
  const cancelled: string[] = [];
  let count = 0;
  const jobs = new Jobs({
    api: {
      cancelExport: id => {
        cancelled.push(id);
        return cancelExport(id);
      }
    },
    listen: events.listen,
    newId: () => `job-${(count += 1)}`
  });
  const start = () => {
    let answer: (text: string) => void = () => undefined;
    let fail: (error: Error) => void = () => undefined;
    const started = jobs.start(
      () =>
        new Promise<string>((resolve, reject) => {
          answer = resolve;
          fail = reject;
        })
    );
    return { ...started, answer, fail };
  };
  return { events, cancelled, jobs, start };
}

describe('a job', () => {
  it('hears of its own progress only, and of none once it is over', async () => {
    const { events, start } = build();
    const one = start();
    const two = start();
    events.emit({ id: 'job-1', progress: progress(1) });
    events.emit({ id: 'job-2', progress: progress(4) });
    events.emit({ id: 'job-9', progress: progress(5) });
    events.emit({ id: 'job-1' });
    expect([one.job.progress, two.job.progress]).toEqual([progress(1), progress(4)]);
    one.answer('fine');
    await one.over;
    one.job.advance(progress(2));
    events.emit({ id: 'job-1', progress: progress(3) });
    expect([one.job.state, one.job.result, one.job.progress]).toEqual([
      'done',
      'fine',
      progress(1)
    ]);
  });

  it('is cancelled by its id, and its error is no failure then', async () => {
    const { cancelled, start } = build();
    const { job, over, fail } = start();
    await job.cancel();
    await job.cancel();
    expect([job.state, cancelled]).toEqual(['cancelling', ['job-1']]);
    fail(new Error('cancelled'));
    await over;
    expect([job.state, job.failure, job.isOver]).toEqual(['cancelled', null, true]);
  });

  it('is done where the cancelling came too late', async () => {
    const { start } = build();
    const { job, over, answer } = start();
    await job.cancel();
    answer('written');
    await over;
    await job.cancel();
    expect([job.state, job.result]).toEqual(['done', 'written']);
  });

  it('goes on where it could not be cancelled', async () => {
    const { start } = build(() => Promise.reject(new Error('no network')));
    const { job, over, fail } = start();
    await job.cancel();
    expect(job.state).toBe('running');
    fail(new Error('no network either'));
    await over;
    expect([job.state, job.failure?.message]).toEqual(['failed', 'no network either']);
  });

  it('tells of every change', async () => {
    const { events, start } = build();
    const { job, over, answer } = start();
    const seen: string[] = [];
    job.changed.connect(each => seen.push(`${each.state} ${each.progress?.done ?? '-'}`));
    events.emit({ id: 'job-1', progress: progress(2) });
    await job.cancel();
    answer('x');
    await over;
    expect(seen).toEqual(['running 2', 'cancelling 2', 'done 2']);
  });

  it('hears nothing once the jobs are disposed', () => {
    const { events, jobs } = build();
    jobs.dispose();
    expect([events.isHeard, jobs.isDisposed]).toEqual([false, false]);
  });
});
