import { sparkline } from '../sparkline';

describe('a sparkline', () => {
  it('draws a line through three calls or more', () => {
    expect(sparkline([10, 20, 0], 42, 16, 3)).toEqual({
      lines: ['M2 7L21 2L40 12'],
      dots: [],
      ticks: []
    });
  });

  it('draws nothing where there are too few for a trend', () => {
    const nothing = { lines: [], dots: [], ticks: [] };
    expect(sparkline([10, 20], 42, 16, 3)).toEqual(nothing);
    expect(sparkline([-1], 42, 16, 3)).toEqual(nothing);
  });

  it('leaves a gap with a tick where a call failed', () => {
    const { lines, dots, ticks } = sparkline([10, 10, -1, 10, -1, 10, 10], 20, 16, 7);
    expect([lines.length, dots.length, ticks.length]).toEqual([2, 1, 2]);
    expect(dots).toEqual([{ x: 10, y: 2 }]);
  });

  it('draws nothing of nothing, and lies flat when all took no time', () => {
    expect(sparkline([], 40, 16)).toEqual({ lines: [], dots: [], ticks: [] });
    expect(sparkline([0, 0, 0], 42, 16, 3).lines).toEqual(['M2 12L21 12L40 12']);
  });

  it('stays inside its box', () => {
    const { lines } = sparkline(
      Array.from({ length: 20 }, (_, i) => i * 1e6),
      64,
      16
    );
    const numbers = (lines[0] ?? '').match(/[\d.]+/g)?.map(Number) ?? [];
    expect(numbers.every((n, i) => n >= 0 && n <= (i % 2 ? 16 : 64))).toBe(true);
  });
});
