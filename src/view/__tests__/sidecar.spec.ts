import { columnBeside } from '../sidecar';

/** A widget in view between two edges of the page. */
function at(name: string, left: number, right: number, isVisible = true) {
  const node = document.createElement('div');
  node.getBoundingClientRect = () => ({ left, right }) as DOMRect;
  return { name, node, isVisible };
}

describe('the column beside a notebook', () => {
  const own = at('own', 300, 600);

  it('is the nearest one to the right, else the nearest to the left', () => {
    const [far, near, left] = [at('far', 900, 1200), at('near', 605, 900), at('left', 0, 295)];
    expect(columnBeside(own, [left, far, own, near])?.name).toBe('near');
    expect(columnBeside(own, [left, own])?.name).toBe('left');
  });

  it('is none where there is but one, and no tab that is behind another', () => {
    const [below, hidden] = [at('below', 300, 600), at('hidden', 0, 0, false)];
    expect(columnBeside(own, [own, below, hidden])).toBeNull();
  });
});
