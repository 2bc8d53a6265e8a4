import { Ring } from '../ring';

/** The same numbers every time. */
function* numbers(seed: number): Generator<number> {
  let state = seed;
  for (;;) {
    state = (state * 1103515245 + 12345) % 2147483648;
    yield state;
  }
}

interface IThing {
  readonly id: number;
  readonly size: number;
}

describe('a ring', () => {
  it('keeps the newest, and counts what it dropped', () => {
    const ring = new Ring<IThing>(3, 1000, each => each.size);
    for (let count = 0; count < 5; count += 1) {
      ring.push(id => ({ id, size: 1 }));
    }
    expect([ring.toArray().map(each => each.id), ring.first, ring.next, ring.dropped]).toEqual([
      [3, 4, 5],
      3,
      6,
      2
    ]);
    expect([ring.get(2), ring.get(4)?.id, ring.get(6)]).toEqual([undefined, 4, undefined]);
  });

  it('drops by size too, but never the newest', () => {
    const ring = new Ring<IThing>(100, 10, each => each.size);
    [4, 4, 4, 50].forEach(size => ring.push(id => ({ id, size })));
    expect([ring.toArray().map(each => each.size), ring.dropped]).toEqual([[50], 3]);
  });

  it('forgets all when it is cleared, but gives no id twice', () => {
    const ring = new Ring<IThing>(2, 1000, each => each.size);
    [1, 1, 1].forEach(size => ring.push(id => ({ id, size })));
    ring.clear();
    expect([ring.length, ring.dropped, ring.push(id => ({ id, size: 1 })).id]).toEqual([0, 0, 4]);
  });

  it.each([1, 2, 3, 4, 5])('loses nothing uncounted, whatever happens (%s)', seed => {
    const next = numbers(seed);
    const draw = (below: number): number => (next.next().value as number) % below;
    const ring = new Ring<IThing>(1 + draw(20), 1 + draw(200), each => each.size);
    let pushed = 0;
    let known: IThing[] = [];
    for (let step = 0; step < 3000; step += 1) {
      const action = draw(20);
      if (action === 0) {
        ring.resize(1 + draw(30));
      } else if (action === 1) {
        const id = ring.first + draw(10);
        const size = draw(30);
        known = known.map(each => (each.id === id && ring.get(id) ? { id, size } : each));
        ring.replace(id, { id, size });
      } else {
        known.push(ring.push(id => ({ id, size: draw(30) })));
        pushed += 1;
      }
      expect(ring.length + ring.dropped).toBe(pushed);
      expect(ring.toArray()).toEqual(known.slice(known.length - ring.length));
      expect(ring.length).toBeLessThanOrEqual(ring.capacity);
    }
  });
});
