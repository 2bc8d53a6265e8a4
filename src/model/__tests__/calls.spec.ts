import { Signal } from '@lumino/signaling';
import type { EndpointStats, Journal, Run } from '../../protocol';
import { CallLog } from '../calls';
import { call, fakeApi, journal, stats, served } from './samples';

function build() {
  const state = {
    snapshot: { served: served() } as never,
    changed: new Signal<object, void>({}),
    statsChanged: new Signal<object, void>({}),
    stats: () => null,
    allStats: [] as readonly EndpointStats[]
  };
  const asked: string[] = [];
  let told = journal();
  const api = fakeApi({
    journal: async (_, key) => {
      asked.push(key);
      return told;
    }
  });
  const log = new CallLog({ state: state as never, api });
  const happen = async (next: Partial<Journal>, ...all: readonly EndpointStats[]) => {
    told = journal(next);
    state.allStats = all;
    state.statsChanged.emit();
    await new Promise(resolve => setTimeout(resolve, 0));
  };
  return { log, asked, happen };
}

describe('the log of a served notebook', () => {
  it('tells of failures of others until somebody has looked', async () => {
    const { log, happen } = build();
    const run: Run = {
      key: 'SCHEDULE tick',
      due: 3,
      started: 3,
      duration_ms: 1,
      outcome: 'failed',
      output: '',
      failure: null
    };
    const calls = [
      call({ started: 1, status: 500 }),
      call({ started: 2, status: 500, id: 'mine' }),
      call({ started: 4 })
    ];
    await happen({ calls, runs: [run] }, stats({ errors: 2 }));
    expect(log.entries.map(each => [each.started, each.caller, each.isFailed])).toEqual([
      [4, 'outside', false],
      [3, 'schedule', true],
      [2, 'preview', true],
      [1, 'outside', true]
    ]);
    expect(log.unseen.map(each => each.key)).toEqual(['SCHEDULE tick', 'GET /api/hello']);
    log.look(log.unseen.slice(0, 1));
    expect(log.unseen.map(each => each.key)).toEqual(['GET /api/hello']);
  });

  it('asks for every call only while somebody watches', async () => {
    const { log, asked, happen } = build();
    await happen({}, stats({ calls: 1 }));
    const before = asked.length;
    await happen({}, stats({ calls: 2 }));
    expect(asked.length).toBe(before);
    const stop = log.watch();
    await happen({}, stats({ calls: 3 }));
    await happen({}, stats({ calls: 4 }));
    expect(asked.length).toBe(before + 3);
    stop();
    await happen({}, stats({ calls: 4, errors: 1 }));
    await happen({}, stats({ calls: 5, errors: 1 }));
    expect(asked.length).toBe(before + 4);
    log.dispose();
  });
});
