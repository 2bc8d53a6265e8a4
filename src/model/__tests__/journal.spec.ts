import { Signal } from '@lumino/signaling';
import type { EndpointStats, Journal } from '../../protocol';
import { JournalFeed } from '../journal';
import type { ISnapshot } from '../notebook';
import { journal as whole, stats, served } from './samples';

const KEY = 'SCHEDULE a:tick';

function journal(outcome: 'ok' | 'failed'): Journal {
  const run = { key: KEY, due: 0, started: 0, duration_ms: 1, output: '', failure: null };
  return whole({ runs: [{ ...run, outcome }] });
}

/** A notebook whose state the test decides, and a server that answers when the test says so. */
class Bench {
  readonly changed = new Signal<this, void>(this);
  readonly statsChanged = new Signal<this, void>(this);
  snapshot = { served: null } as unknown as ISnapshot;
  known: EndpointStats | null = null;
  readonly asked: ((answer: Journal | Error) => void)[] = [];
  readonly cursors: string[] = [];
  readonly feed = new JournalFeed({
    state: this as never,
    api: {
      journal: (_, __, since = '') => {
        this.cursors.push(since);
        return new Promise((resolve, reject) =>
          this.asked.push(answer => (answer instanceof Error ? reject(answer) : resolve(answer)))
        );
      }
    },
    key: KEY
  });
  readonly watched = this.feed.watch();

  stats(): EndpointStats | null {
    return this.known;
  }

  serve(id: string): void {
    this.snapshot = { served: served({ id }) } as unknown as ISnapshot;
    this.changed.emit();
  }

  push(calls: number): void {
    this.known = stats({ key: KEY, calls });
    this.statsChanged.emit();
  }

  async answer(answer: Journal | Error): Promise<void> {
    const told = new Promise<void>(resolve => {
      const slot = (): void => {
        this.feed.changed.disconnect(slot);
        resolve();
      };
      this.feed.changed.connect(slot);
    });
    this.asked[this.asked.length - 1]?.(answer);
    await told;
  }
}

describe('the journal of an endpoint', () => {
  it('is asked for when it is served, and not before', async () => {
    const bench = new Bench();
    bench.push(1);
    expect(bench.asked.length).toBe(0);
    bench.serve('a1');
    await bench.answer(journal('ok'));
    expect([bench.asked.length, bench.feed.journal]).toEqual([1, journal('ok')]);
  });

  it('is asked for when its stats change, whatever else happens', async () => {
    const bench = new Bench();
    bench.serve('a1');
    await bench.answer(journal('ok'));
    bench.push(1);
    await bench.answer(journal('ok'));
    bench.push(1);
    bench.serve('a1');
    expect(bench.asked.length).toBe(2);
  });

  it('is asked for once more for all that happens during a question', async () => {
    const bench = new Bench();
    bench.serve('a1');
    [1, 2, 3, 4].forEach(calls => bench.push(calls));
    expect(bench.asked.length).toBe(1);
    await bench.answer(journal('ok'));
    await bench.answer(journal('failed'));
    expect([bench.asked.length, bench.feed.journal]).toEqual([2, journal('failed')]);
  });

  it('stays when there is no answer, and when the worker has gone', async () => {
    const bench = new Bench();
    bench.serve('a1');
    await bench.answer(journal('ok'));
    bench.push(1);
    await bench.answer(new Error('gone'));
    bench.snapshot = { served: served({ state: 'stopped' }) } as unknown as ISnapshot;
    bench.changed.emit();
    expect([bench.feed.journal, bench.feed.failure?.message]).toEqual([journal('ok'), 'gone']);
  });

  it('grows by what is new, in which a line that has grown replaces what it was', async () => {
    const bench = new Bench();
    const print = (at: number, text: string) => ({ key: KEY, at, client: 'a', call: '', text });
    const first = { ...journal('ok'), cursor: 'a-2', prints: [print(1, 'on'), print(2, 'two')] };
    const news = { ...journal('failed'), cursor: 'a-4', is_whole: false };
    bench.serve('a1');
    await bench.answer(first);
    bench.push(1);
    await bench.answer({ ...news, prints: [print(3, 'three'), print(1, 'one')] });
    expect(bench.feed.journal).toEqual({
      ...news,
      prints: [print(1, 'one'), print(2, 'two'), print(3, 'three')],
      runs: [...first.runs, ...news.runs]
    });
    bench.push(2);
    await bench.answer({ ...first, cursor: 'b-1' });
    expect([bench.cursors, bench.feed.journal?.runs]).toEqual([['', 'a-2', 'a-4'], first.runs]);
  });

  it('starts over with another worker', async () => {
    const bench = new Bench();
    bench.serve('a1');
    await bench.answer(journal('ok'));
    bench.serve('a2');
    expect(bench.feed.journal).toBeNull();
  });

  it('takes no news of what it has given up', async () => {
    const bench = new Bench();
    bench.serve('a1');
    await bench.answer({ ...journal('ok'), cursor: 'a-2' });
    bench.push(1);
    bench.snapshot = { served: served({ id: 'a1', state: 'stopped' }) } as unknown as ISnapshot;
    bench.changed.emit();
    bench.serve('a1');
    await bench.answer({ ...journal('failed'), cursor: 'a-3', is_whole: false });
    expect([bench.feed.journal, bench.cursors]).toEqual([null, ['', 'a-2', '']]);
  });

  it('is not asked for while nobody watches, and is made up for then', async () => {
    const bench = new Bench();
    bench.watched.dispose();
    bench.serve('a1');
    bench.push(1);
    expect(bench.asked.length).toBe(0);
    const watched = bench.feed.watch();
    await bench.answer(journal('ok'));
    watched.dispose();
    bench.push(2);
    expect(bench.asked.length).toBe(1);
    bench.feed.watch();
    expect(bench.asked.length).toBe(2);
  });

  it('asks nothing once it is disposed', () => {
    const bench = new Bench();
    bench.feed.dispose();
    bench.serve('a1');
    expect(bench.asked.length).toBe(0);
  });
});
