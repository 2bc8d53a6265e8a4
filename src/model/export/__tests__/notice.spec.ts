import { CallFailed } from '../../../api';
import type { Export } from '../../../protocol';
import { diagnostic } from '../../__tests__/samples';
import { Job } from '../job';
import { actions, fraction, isClean, notice } from '../notice';

const RESULT: Export = {
  folder: 'a-build',
  command: 'docker compose up',
  cli: '',
  files: 3,
  edited: [],
  diagnostics: [],
  check: null
};

async function ended(answer: Promise<Export>, log = false) {
  const job = new Job<Export>('x', async () => undefined);
  if (log) {
    await job.cancel();
  }
  await job.follow(answer);
  return notice(job);
}

describe('the notice of an export', () => {
  it('tells how far it is, and can be cancelled', async () => {
    const job = new Job<Export>('x', async () => undefined);
    expect(notice(job)).toEqual({ kind: 'running', progress: null });
    const progress = { stage: 'checking' as const, done: 3, total: 5 };
    job.advance(progress);
    expect([notice(job), actions(notice(job)), fraction(progress)]).toEqual([
      { kind: 'running', progress },
      ['cancel'],
      0.6
    ]);
    await job.cancel();
    expect([notice(job), actions(notice(job))]).toEqual([{ kind: 'cancelling' }, []]);
  });

  it('leads to the folder, the command and, after a check, the log', async () => {
    const plain = await ended(Promise.resolve(RESULT));
    expect([plain, actions(plain)]).toEqual([
      { kind: 'written', result: RESULT, log: '' },
      ['open', 'copy']
    ]);
    const check = { ok: true, examples: [], log: 'started', diagnostics: [], armed: [] };
    const checked = await ended(Promise.resolve({ ...RESULT, check }));
    expect(actions(checked)).toEqual(['open', 'copy', 'log']);
  });

  it('of a failure leads back, and to what the process had written', async () => {
    const plain = await ended(Promise.reject(new Error('disk full')));
    expect(actions(plain)).toEqual(['show']);
    const problem = {
      code: 'check-failed',
      message: 'no',
      context: { check: { ok: false, examples: [], log: 'Traceback', diagnostics: [], armed: [] } }
    };
    const checked = await ended(Promise.reject(new CallFailed(422, problem)));
    expect([checked, actions(checked)]).toEqual([
      { kind: 'failed', failure: new CallFailed(422, problem), log: 'Traceback' },
      ['show', 'log']
    ]);
  });

  it('of a cancelled one has nothing more to offer', async () => {
    const cancelled = await ended(Promise.reject(new Error('cancelled')), true);
    expect([cancelled, actions(cancelled)]).toEqual([{ kind: 'cancelled' }, []]);
  });

  it('is a warning where something is to be looked at', () => {
    expect([
      isClean(RESULT),
      isClean({ ...RESULT, diagnostics: [diagnostic({ severity: 'note' })] }),
      isClean({ ...RESULT, diagnostics: [diagnostic({ severity: 'warning' })] }),
      isClean({ ...RESULT, edited: ['main.py.edited'] }),
      isClean({
        ...RESULT,
        check: { ok: false, examples: [], log: '', diagnostics: [], armed: [] }
      })
    ]).toEqual([true, true, false, false, false]);
  });

  it('has no fraction where nobody knows the whole', () => {
    expect([
      fraction({ stage: 'planning', done: 0, total: 0 }),
      fraction({ stage: 'writing', done: 9, total: 3 })
    ]).toEqual([null, 1]);
  });
});
