import { CallFailed, ServerPartMissing } from '../../api';
import type { Served } from '../../protocol';
import { ServedNotebooks, type IStatsChange } from '../served';
import { FakeEvents, fakeApi, stats, served } from './samples';

function build(changes: Parameters<typeof fakeApi>[0] = {}) {
  const events = new FakeEvents();
  const subject = new ServedNotebooks({ api: fakeApi(changes), listen: events.listen });
  let emitted = 0;
  subject.changed.connect(() => (emitted += 1));
  return { events, subject, emitted: () => emitted };
}

describe('the served notebooks', () => {
  it('are asked for once', async () => {
    const { subject } = build({ listServed: async () => [served()] });
    await subject.refresh();
    expect([subject.connection, subject.running()]).toEqual(['ready', [served()]]);
  });

  it('tell a missing server part from a lost server', async () => {
    const missing = build({ listServed: () => Promise.reject(new ServerPartMissing()) }).subject;
    await missing.refresh();
    const lost = build({ listServed: () => Promise.reject(new Error('network')) }).subject;
    await lost.refresh();
    expect([missing.connection, lost.connection]).toEqual(['missing', 'lost']);
  });

  it('follow the events', () => {
    const { events, subject, emitted } = build();
    events.emit({ served: served({ state: 'starting' }) });
    events.emit({ served: served({ state: 'live', version: 2 }) });
    expect([subject.at('quickstart.ipynb')?.version, emitted()]).toEqual([2, 2]);
    expect(subject.at('other.ipynb')).toBeNull();
  });

  it('keep an event that overtook the answer', async () => {
    let answer: (list: readonly Served[]) => void = () => undefined;
    const { events, subject } = build({
      listServed: () => new Promise(resolve => (answer = resolve))
    });
    const asked = subject.refresh();
    events.emit({ served: served({ version: 5, revision: 2 }) });
    answer([served({ version: 4, revision: 1 })]);
    await asked;
    expect(subject.at('quickstart.ipynb')?.version).toBe(5);
  });

  it('take no older news for newer, whichever way and in whichever order they come', async () => {
    let answerList: (list: readonly Served[]) => void = () => undefined;
    let answerServe: (one: Served) => void = () => undefined;
    const { events, subject } = build({
      listServed: () => new Promise(resolve => (answerList = resolve)),
      serve: () => new Promise(resolve => (answerServe = resolve))
    });
    const listed = subject.refresh();
    const begun = subject.serve({ path: 'quickstart.ipynb' });
    events.emit({ served: served({ state: 'live', revision: 12 }) });
    answerServe(served({ state: 'starting', revision: 11 }));
    await begun;
    answerList([served({ id: 'b2', path: 'other.ipynb', revision: 10 })]);
    await listed;
    events.emit({ served: served({ state: 'starting', revision: 9 }) });
    expect(['quickstart.ipynb', 'other.ipynb'].map(path => subject.at(path)?.revision)).toEqual([
      12, 10
    ]);
  });

  it('forget what the server does not list any more', async () => {
    const { events, subject } = build({ listServed: async () => [] });
    events.emit({ served: served({ revision: 3 }) });
    await subject.refresh();
    expect(subject.at('quickstart.ipynb')).toBeNull();
  });

  it('merge stats by endpoint and forget them with the notebook', () => {
    const { events, subject } = build();
    const seen: IStatsChange[] = [];
    subject.statsChanged.connect((_, change) => seen.push(change));
    events.emit({ served: served() });
    events.emit({ id: 'a1', stats: [stats({ calls: 1 }), stats({ key: 'WS /w' })] });
    events.emit({ id: 'a1', stats: [stats({ calls: 2 })] });
    expect([
      subject.stats('a1', 'GET /api/hello')?.calls,
      subject.stats('a1', 'WS /w')?.calls,
      seen
    ]).toEqual([
      2,
      0,
      [
        { id: 'a1', keys: ['GET /api/hello', 'WS /w'] },
        { id: 'a1', keys: ['GET /api/hello'] }
      ]
    ]);
    events.emit({ served: served({ state: 'stopped' }) });
    expect(subject.stats('a1', 'GET /api/hello')).toBeNull();
  });

  it('are stopped at once where the server says nothing more', async () => {
    const { events, subject } = build();
    events.emit({ served: served() });
    await subject.stop('a1');
    expect([subject.at('quickstart.ipynb')?.state, subject.running()]).toEqual(['stopped', []]);
  });

  it('prefer the one that runs over one that ran', () => {
    const { events, subject } = build();
    events.emit({ served: served({ id: 'new' }) });
    events.emit({ served: served({ id: 'old', state: 'stopped' }) });
    expect(subject.at('quickstart.ipynb')?.id).toBe('new');
  });

  it('pass a error on', async () => {
    const error = new CallFailed(403, { code: 'untrusted', message: 'no', context: {} });
    const { subject } = build({ serve: () => Promise.reject(error) });
    await expect(subject.serve({ path: 'quickstart.ipynb' })).rejects.toBe(error);
  });

  it('hear nothing once disposed', () => {
    const { events, subject } = build();
    subject.dispose();
    expect(events.isHeard).toBe(false);
  });
});
