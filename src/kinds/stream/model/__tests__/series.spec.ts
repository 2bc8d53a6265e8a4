import type { StreamReport } from '../../../../protocol';
import { MOST_POINTS, begin, extend, fieldText, notDrawn, readField } from '..';

/** A report of a stream that has had so many values; the newest of them are numbered points. */
function report(received: number, emitted: number, held = 4): StreamReport {
  const points = (count: number): (readonly number[])[] =>
    Array.from({ length: Math.min(count, held) }, (_, index) => {
      const number = count - Math.min(count, held) + index + 1;
      return [number, number * 10, number];
    });
  return {
    received,
    emitted,
    values_in: points(received),
    values_out: points(emitted)
  } as unknown as StreamReport;
}

describe('the points of a chart', () => {
  it('are put together of reports that overlap', () => {
    const series = extend(extend(begin(report(3, 1)), report(5, 3)), report(5, 3));
    expect(series.into).toEqual({
      times: [1, 2, 3, 4, 5],
      numbers: [10, 20, 30, 40, 50],
      total: 5,
      drawn: 5
    });
    expect(series.out.times).toEqual([1, 2, 3]);
    expect(notDrawn(series)).toBe(0);
  });

  it('are counted where a report cannot hold all of them', () => {
    const series = extend(begin(report(2, 0)), report(10002, 1));
    expect(series.into.times).toEqual([1, 2, 9999, 10000, 10001, 10002]);
    expect(series.into).toMatchObject({ total: 10002, drawn: 6 });
    expect(notDrawn(series)).toBe(9996);
  });

  it('are those that the server has thinned, and what it left out is counted', () => {
    const thinned = {
      ...report(2002, 0),
      values_in: [1000, 1500, 2000].map(count => [count, count * 10, count])
    } as StreamReport;
    const series = extend(begin(report(2, 0)), thinned);
    expect(series.into.times).toEqual([1, 2, 1000, 1500, 2000]);
    expect(notDrawn(series)).toBe(1997);
  });

  it('do not count what came before somebody looked', () => {
    const series = begin(report(10000, 10000));
    expect(series.into).toMatchObject({ total: 4, drawn: 4 });
    expect(notDrawn(series)).toBe(0);
  });

  it('count values that have no number', () => {
    const mute = { ...report(8, 0), values_in: [] } as StreamReport;
    expect(notDrawn(extend(begin(report(2, 0)), mute))).toBe(6);
  });

  it('begin again when the stream does', () => {
    const series = extend(begin(report(100, 100)), report(2, 2));
    expect(series.into).toMatchObject({ times: [1, 2], total: 2, drawn: 2 });
  });

  it('are bounded', () => {
    let series = begin(report(0, 0));
    for (let count = 500; count <= 4000; count += 500) {
      series = extend(series, report(count, count, 500));
    }
    expect(series.into.times).toHaveLength(MOST_POINTS);
    expect(series.into.times[0]).toBe(4000 - MOST_POINTS + 1);
    expect(notDrawn(series)).toBe(0);
  });
});

describe('a field of a param', () => {
  it.each([
    ['5', 'int', 5],
    ['"x"', 'list[str]', 'x'],
    ['[1, 2]', 'list[int]', [1, 2]],
    ['many', 'int', 'many'],
    ['5', 'str', '5'],
    ['true', '', true]
  ])('reads %s of %s', (text, type, value) => {
    expect(readField(text, type)).toEqual(value);
  });

  it.each([
    [5, 'int', '5'],
    ['a "b"', 'str', 'a "b"'],
    ['a', '', '"a"'],
    [[1], 'list[int]', '[1]']
  ])('shows %s', (value, type, text) => {
    expect(fieldText({ name: 'n', type, value })).toBe(text);
  });
});
