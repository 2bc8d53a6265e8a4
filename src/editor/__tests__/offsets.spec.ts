import { Offsets } from '../offsets';

function cut(text: string, line: number, column: number, endLine: number, endColumn: number) {
  const range = new Offsets(text).range({
    line,
    column,
    end_line: endLine,
    end_column: endColumn
  });
  return range && text.slice(range.from, range.to);
}

describe('a span', () => {
  it('is found in its line', () => {
    expect(cut('"""\n@HTTP\nGET /a\n"""', 2, 0, 2, 5)).toBe('@HTTP');
  });

  it('may go over lines', () => {
    expect(cut('ab\ncd\nef', 1, 1, 3, 1)).toBe('b\ncd\ne');
  });

  it('counts UTF-16 units, as the text of an editor does', () => {
    expect(cut('# 🧪🧪 GET /ö', 1, 7, 1, 10)).toBe('GET');
  });

  it('that the text does not have is none', () => {
    expect([cut('a', 2, 0, 2, 1), cut('a', 1, 1, 1, 1)]).toEqual([null, null]);
  });

  it('past the end of its line ends with it', () => {
    expect(cut('ab\ncd', 1, 1, 1, 99)).toBe('b');
  });
});

describe('the other way', () => {
  it('finds line and column of an offset', () => {
    const offsets = new Offsets('a\n😀 b\n');
    expect([0, 2, 4, 5, 7].map(offset => offsets.position(offset))).toEqual([
      { line: 1, column: 0 },
      { line: 2, column: 0 },
      { line: 2, column: 2 },
      { line: 2, column: 3 },
      { line: 3, column: 0 }
    ]);
  });

  it('places an edit that takes nothing away', () => {
    const span = { line: 2, column: 1, end_line: 2, end_column: 1 };
    expect(new Offsets('a\nbc').place(span)).toEqual({ from: 3, to: 3 });
    expect(new Offsets('a').place(span)).toBeNull();
  });
});
