import { endpoint } from '../../__tests__/samples';
import { Answers } from '../answers';
import { Exchange, type IOutcome } from '../exchange';
import { keepableCalls, readCalls } from '../history';
import { NO_VALUES } from '../values';

const OUTCOME: IOutcome = {
  startedMs: 5,
  status: 422,
  statusText: 'Unprocessable',
  durationMs: 12,
  size: 84,
  target: 'kernel'
};

function exchange(text: string | null, earlier: IOutcome | null = OUTCOME): Exchange {
  const values = { ...NO_VALUES, query: { q: 1, api_key: 'k' }, body: { password: 'x' } };
  const asked = { endpoint: endpoint(), place: 'p', files: new Map(), values, text };
  const wire = { now: () => 0, id: () => 'id', answers: new Answers() };
  return new Exchange(asked, wire, earlier);
}

describe('the calls of earlier visits', () => {
  it('are what was sent, without secrets, and how it went', () => {
    const running = exchange(null, null);
    const [read, other, ...more] = readCalls(
      keepableCalls([running, exchange('{"token": "t", "n": 1.0}'), exchange(null)])
    );
    expect(read).toEqual({
      asked: {
        values: {
          ...NO_VALUES,
          query: { q: 1, api_key: '$API_KEY' },
          body: { password: '$PASSWORD' }
        },
        text: '{"token": "$TOKEN", "n": 1.0}'
      },
      outcome: OUTCOME
    });
    expect(other?.asked.text).toBeNull();
    expect(more).toEqual([]);
  });

  it('have no answer any more', () => {
    const { isEarlier, isForgotten, isOver, status, text } = exchange(null);
    expect([isEarlier, isForgotten, isOver, status, text]).toEqual([true, true, true, 422, '']);
    expect(exchange(null, { ...OUTCOME, status: 0 }).phase).toBe('failed');
  });

  it('are read from whatever is found', () => {
    expect(readCalls(undefined)).toEqual([]);
    expect(readCalls('x')).toEqual([]);
    const [call] = readCalls([{ values: 3, status: '200', target: 'moon' }, null]);
    expect(call?.outcome).toMatchObject({ status: 200, target: 'worker', durationMs: 0 });
    expect(readCalls(new Array(100).fill({}))).toHaveLength(20);
  });
});
