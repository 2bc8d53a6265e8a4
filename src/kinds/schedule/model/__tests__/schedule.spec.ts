import type { Run } from '../../../../protocol';
import { schedule } from '../../../../model/__tests__/samples';
import { coming, line } from '../coming';
import { newestFirst, outcomes } from '../runs';
import { zoneName } from '../zone';

const NOW = Date.parse('2026-03-28T12:00:00Z');
const CRON = schedule({
  badge: 'CRON',
  next: ['2026-03-28T11:59:00+00:00', '2026-03-28T13:00:00+00:00', '2026-03-29T13:00:00+00:00']
});
const EVERY = schedule({
  badge: 'EVERY',
  next: ['2026-03-28T12:00:10+00:00', '2026-03-28T12:00:40+00:00', '2026-03-28T12:01:10+00:00']
});

describe('the coming runs', () => {
  it('are those that the declaration tells, once they are past no more', () => {
    expect(coming(CRON, '', NOW)).toEqual({ times: CRON.next.slice(1), isArmed: false });
  });

  it('begin with the one that is armed', () => {
    expect(coming(CRON, '2026-03-28T13:00:00+00:00', NOW)).toEqual({
      times: CRON.next.slice(1),
      isArmed: true
    });
  });

  it('of an interval are counted from the one that is armed', () => {
    expect(coming(EVERY, '2026-03-28T12:00:25+00:00', NOW)).toEqual({
      times: ['2026-03-28T12:00:25+00:00', '2026-03-28T12:00:55.000Z', '2026-03-28T12:01:25.000Z'],
      isArmed: true
    });
  });
});

describe('the line of time', () => {
  it.each([
    ['2026-03-28T12:05:00Z', 10],
    ['2026-03-28T12:30:00Z', 60],
    ['2026-03-29T11:00:00Z', 24 * 60],
    ['2026-04-01T11:00:00Z', 7 * 24 * 60],
    ['2026-04-20T11:00:00Z', 31 * 24 * 60],
    ['2029-04-20T11:00:00Z', 366 * 24 * 60]
  ])('is long enough for %s', (time, minutes) => {
    expect(line([time], NOW).spanMs).toBe(minutes * 60_000);
  });

  it('has the runs in their places, without those before and behind it', () => {
    const times = ['2026-03-28T11:00:00Z', '2026-03-28T18:00:00Z', '2026-03-29T12:00:00Z'];
    expect(line(times, NOW).places).toEqual([0.25, 1]);
    expect(line([...times, '2030-01-01T00:00:00Z'], NOW).places.length).toBe(2);
    expect(line([], NOW).places).toEqual([]);
  });
});

describe('the runs', () => {
  const run = (changes: Partial<Run>): Run => ({
    key: 'SCHEDULE a:tick',
    due: 0,
    started: 0,
    duration_ms: 1,
    outcome: 'ok',
    output: '',
    failure: null,
    ...changes
  });

  it('are counted by how they ended, and shown newest first', () => {
    const runs = (['ok', 'failed', 'ok', 'skipped'] as const).map((outcome, due) =>
      run({ outcome, due })
    );
    expect([outcomes(runs), newestFirst(runs, 2).map(each => each.due)]).toEqual([
      { ok: 2, failed: 1, skipped: 1, missed: 0 },
      [3, 2]
    ]);
  });
});

it('times are told in the zone that was chosen', () => {
  expect([
    zoneName('schedule', 'Europe/Paris'),
    zoneName('schedule', ''),
    zoneName('utc', 'Europe/Paris'),
    zoneName('local', 'Europe/Paris')
  ]).toEqual(['Europe/Paris', 'UTC', 'UTC', Intl.DateTimeFormat().resolvedOptions().timeZone]);
});
