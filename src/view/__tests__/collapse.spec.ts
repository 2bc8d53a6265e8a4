import { collapse } from '../collapse';

/** A row with room for some letters, and parts that are as wide as their texts. */
function build(room: number) {
  document.body.innerHTML =
    '<div><b data-rank="2">cc</b><b data-rank="1">bbb</b><i>a</i><b data-rank="3"><button>d</button></b><button>…</button></div>';
  const row = document.querySelector('div') as HTMLElement;
  const letters = () =>
    [...row.children].reduce(
      (sum, each) => sum + ((each as HTMLElement).hidden ? 0 : (each.textContent ?? '').length),
      0
    );
  Object.defineProperty(row, 'scrollWidth', { get: letters });
  const place = { width: room };
  Object.defineProperty(row, 'clientWidth', { get: () => place.width });
  const shown = () => [...row.children].filter(each => !(each as HTMLElement).hidden);
  return {
    row,
    place,
    text: () =>
      shown()
        .map(each => each.textContent)
        .join('')
  };
}

describe('a row on one line', () => {
  it.each([
    [8, 'ccbbbad…'],
    [7, 'ccad…'],
    [3, 'ad…'],
    [2, 'a…'],
    [0, 'a…']
  ])('in the room of %i takes out the least important parts first', (room, text) => {
    const drawn = build(room);
    collapse(drawn.row);
    expect(drawn.text()).toBe(text);
  });

  it('gives parts back when there is room again', () => {
    const drawn = build(2);
    collapse(drawn.row);
    drawn.place.width = 8;
    collapse(drawn.row);
    expect(drawn.text()).toBe('ccbbbad…');
  });

  it('hands the focus of a part that is taken out to what stays', () => {
    const drawn = build(8);
    const [part, menu] = drawn.row.querySelectorAll('button');
    part?.focus();
    drawn.place.width = 2;
    collapse(drawn.row);
    expect(document.activeElement).toBe(menu);
  });
});
