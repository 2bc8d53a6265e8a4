import { destination } from '../toolbar';

describe('the keys of a toolbar', () => {
  it('go round', () => {
    expect([
      destination('ArrowRight', 2, 3),
      destination('ArrowLeft', 0, 3),
      destination('Home', 2, 3),
      destination('End', 0, 3)
    ]).toEqual([0, 2, 0, 2]);
  });

  it('leave other keys, and other places, alone', () => {
    expect([destination('a', 0, 3), destination('ArrowRight', -1, 3)]).toEqual([null, null]);
  });
});
