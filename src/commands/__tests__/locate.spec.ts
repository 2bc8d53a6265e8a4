import { neighbour } from '../locate';

describe('the next declarative cell', () => {
  it('is the one below, and after the last the first', () => {
    expect([
      neighbour([2, 5, 9], 0, 1),
      neighbour([2, 5, 9], 5, 1),
      neighbour([2, 5, 9], 9, 1)
    ]).toEqual([2, 9, 2]);
  });

  it('backwards is the one above, and before the first the last', () => {
    expect([neighbour([2, 5, 9], 6, -1), neighbour([2, 5, 9], 2, -1)]).toEqual([5, 9]);
  });

  it('is none where nothing is declared', () => {
    expect([neighbour([], 3, 1), neighbour([], 3, -1)]).toEqual([null, null]);
  });
});
