import { Drawing, type IDrawable, type IDrawingClock } from '../drawing';

/** A clock whose frames and idle times come when a test says so. */
class Clock implements IDrawingClock {
  onFrame(step: (leftMs: () => number) => void): () => void {
    return this._plan('frame', step);
  }

  onIdle(step: (leftMs: () => number) => void): () => void {
    return this._plan('idle', step);
  }

  /** What is planned; at most one thing at a time. */
  readonly planned: string[] = [];

  /** How much time is left; each drawing takes two of it. */
  leftMs = 0;

  /** Let it come, with so much time; gives what it was. */
  come(leftMs: number): string | undefined {
    const kind = this.planned.shift();
    this.leftMs = leftMs;
    this._step?.(() => this.leftMs);
    return kind;
  }

  private _plan(kind: string, step: (leftMs: () => number) => void): () => void {
    this.planned.push(kind);
    this._step = step;
    return () => void this.planned.splice(0);
  }

  private _step: ((leftMs: () => number) => void) | null = null;
}

let clock: Clock;
let drawn: string[];
const named = (name: string): IDrawable => ({
  draw: () => {
    drawn.push(name);
    clock.leftMs -= 2;
  }
});
const [a, b, c, d, e] = [named('a'), named('b'), named('c'), named('d'), named('e')] as const;

beforeEach(() => {
  clock = new Clock();
  drawn = [];
});

it('draws first what is in sight, a little in each frame, and the rest when there is time', () => {
  const drawing = new Drawing(clock);
  [a, b, c, d, e].forEach(view => drawing.add(view));
  expect(clock.planned).toEqual(['idle']);
  drawing.see(d, true);
  drawing.see(c, true);
  drawing.see(e, true);
  drawing.see(e, false);
  drawing.remove(b);
  expect(clock.planned).toEqual(['frame']);
  expect([clock.come(3), ...drawn.splice(0)]).toEqual(['frame', 'd']);
  expect([clock.come(0), ...drawn.splice(0)]).toEqual(['frame', 'c']);
  expect([clock.come(5), ...drawn.splice(0)]).toEqual(['idle', 'a', 'e']);
  expect(clock.planned).toEqual([]);
  drawing.dispose();
});

it('goes on with the others where one cannot be drawn, and ends when it is disposed', () => {
  const drawing = new Drawing(clock);
  drawing.add({
    draw: () => {
      throw new Error('no');
    }
  });
  drawing.add(a);
  drawing.add(b);
  expect(() => clock.come(5)).toThrow('no');
  expect(clock.come(3)).toBe('idle');
  drawing.dispose();
  expect([drawn, clock.planned]).toEqual([['a'], []]);
});
