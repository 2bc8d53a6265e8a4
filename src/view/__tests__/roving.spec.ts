import { neighbour } from '../roving';

describe('the keys of a list', () => {
  const widths = [2, 1, 3];

  it('go from row to row, in the same column where there is one', () => {
    expect([
      neighbour('ArrowDown', { row: 0, column: 1 }, widths),
      neighbour('ArrowUp', { row: 2, column: 2 }, widths),
      neighbour('End', { row: 0, column: 1 }, widths),
      neighbour('Home', { row: 2, column: 2 }, widths)
    ]).toEqual([
      { row: 1, column: 0 },
      { row: 1, column: 0 },
      { row: 2, column: 1 },
      { row: 0, column: 1 }
    ]);
  });

  it('go along a row, and stop at every end', () => {
    expect([
      neighbour('ArrowRight', { row: 0, column: 0 }, widths),
      neighbour('ArrowRight', { row: 0, column: 1 }, widths),
      neighbour('ArrowLeft', { row: 0, column: 0 }, widths),
      neighbour('ArrowUp', { row: 0, column: 0 }, widths),
      neighbour('ArrowDown', { row: 2, column: 0 }, widths),
      neighbour('a', { row: 0, column: 0 }, widths)
    ]).toEqual([{ row: 0, column: 1 }, null, null, null, null, null]);
  });
});
