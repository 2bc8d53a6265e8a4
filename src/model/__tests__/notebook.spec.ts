import { Signal } from '@lumino/signaling';
import type { NotebookAnalysis } from '../analysis';
import { NotebookState } from '../notebook';
import { ServedNotebooks } from '../served';
import { FakeEvents, analysis as answer, fakeApi, stats, served } from './samples';

function build() {
  const events = new FakeEvents();
  const notebooks = new ServedNotebooks({ api: fakeApi(), listen: events.listen });
  const changed = new Signal<object, void>({});
  const analysis = {
    analysis: answer(),
    edited: new Set<string>(),
    failure: null,
    changed,
    isDisposed: false,
    dispose: () => undefined
  };
  const subject = new NotebookState(
    analysis as unknown as NotebookAnalysis,
    notebooks,
    () => 'quickstart.ipynb'
  );
  const word = () => subject.snapshot.rows[0]?.status.kind;
  return { events, subject, analysis, changed, word };
}

describe('the state of an open notebook', () => {
  it('changes with what is served at its path only', () => {
    const { events, subject, word } = build();
    let count = 0;
    subject.changed.connect(() => (count += 1));
    events.emit({ served: served({ id: 'b2', path: 'other.ipynb' }) });
    expect(word()).toBe('not-served');
    events.emit({ served: served() });
    expect([word(), count]).toEqual(['live', 2]);
  });

  it('follows a schedule that is paused and goes on', () => {
    const { events, subject, word } = build();
    let count = 0;
    events.emit({ served: served() });
    subject.changed.connect(() => (count += 1));
    const words = [true, true, false].map(is_paused => {
      events.emit({ id: 'a1', stats: [stats({ is_paused })] });
      return word();
    });
    expect([words, count]).toEqual([['paused', 'paused', 'live'], 2]);
  });

  it('tells of a paused schedule also where something else is told first', () => {
    const { events, subject, analysis, changed } = build();
    events.emit({ served: served() });
    events.emit({ id: 'a1', stats: [stats({ is_paused: true })] });
    analysis.edited.add('hello');
    changed.emit();
    expect(subject.snapshot.rows.map(({ status, isPaused }) => [status.kind, isPaused])).toEqual([
      ['edited', true]
    ]);
  });

  it('is served when asked, once, and says when it answers', async () => {
    const { events, subject } = build();
    let count = 0;
    const serve = async () => {
      count += 1;
      events.emit({ served: served({ state: 'starting' }) });
    };
    const up = subject.ensureUp(serve);
    await Promise.resolve();
    events.emit({ served: served({ revision: 1 }) });
    expect([(await up)?.revision, (await subject.ensureUp(serve))?.revision, count]).toEqual([
      1, 1, 1
    ]);
    events.emit({ served: served({ state: 'stopped', revision: 2 }) });
    expect(await subject.ensureUp(async () => undefined)).toBeNull();
  });

  it('passes on the stats of its own endpoints', () => {
    const { events, subject } = build();
    const seen: (readonly string[])[] = [];
    subject.statsChanged.connect((_, keys) => seen.push(keys));
    events.emit({ served: served() });
    events.emit({ id: 'b2', stats: [stats({ calls: 3 })] });
    events.emit({ id: 'a1', stats: [stats({ calls: 4 })] });
    expect([subject.stats('GET /api/hello')?.calls, seen]).toEqual([4, [['GET /api/hello']]]);
  });
});
