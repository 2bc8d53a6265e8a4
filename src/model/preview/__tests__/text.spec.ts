import { difference, pretty, table } from '../text';
import { jsonValues } from './samples';

describe('JSON laid out', () => {
  it('means what it meant, whatever it is', () => {
    for (const value of jsonValues(300)) {
      expect(JSON.parse(pretty(JSON.stringify(value)))).toEqual(value);
    }
  });

  it('changes no digit and no escape', () => {
    expect(pretty('{"id":12345678901234567890,"x":1.50,"t":"\\u00e9\\"{"}')).toBe(
      '{\n  "id": 12345678901234567890,\n  "x": 1.50,\n  "t": "\\u00e9\\"{"\n}'
    );
    expect(pretty('not {json')).toBe('not {json');
    const deep = '['.repeat(5000) + ']'.repeat(5000);
    expect([pretty(deep), table(`[{"a":${deep}}]`)]).toEqual([deep, null]);
  });

  it('puts what is short into one line', () => {
    expect(pretty('{"a":[1,2,3],"b":{"c":[]},"d":{}}')).toBe(
      '{\n  "a": [1, 2, 3],\n  "b": {"c": []},\n  "d": {}\n}'
    );
  });
});

describe('the difference of two texts', () => {
  it('leads from the one to the other', () => {
    const texts = jsonValues(60).map(value => pretty(JSON.stringify({ value })));
    texts.forEach((before, index) => {
      const after = texts[(index * 7 + 3) % texts.length] ?? '';
      const found = difference(before, after);
      const side = (kind: string) =>
        found
          .filter(each => each.kind !== kind)
          .map(each => each.text)
          .join('\n');
      expect([side('added'), side('removed')]).toEqual([before, after]);
    });
  });

  it('says no more than what changed', () => {
    expect(difference('{\n  "a": 1,\n  "b": 2\n}', '{\n  "a": 1,\n  "b": 3\n}')).toEqual([
      { kind: 'same', text: '{' },
      { kind: 'same', text: '  "a": 1,' },
      { kind: 'removed', text: '  "b": 2' },
      { kind: 'added', text: '  "b": 3' },
      { kind: 'same', text: '}' }
    ]);
  });
});

describe('a table', () => {
  it('is a list of records, or the only one inside of an object', () => {
    const records = [{ a: 1 }, { a: 'x', b: [2] }];
    const expected = {
      columns: ['a', 'b'],
      rows: [
        ['1', ''],
        ['x', '[2]']
      ],
      count: 2
    };
    expect(table(JSON.stringify(records))).toEqual(expected);
    expect(table(JSON.stringify({ count: 2, rows: records }))).toEqual(expected);
    expect(['[]', '[1]', '{"a": 1}', 'x', 'null'].map(table)).toEqual([
      null,
      null,
      null,
      null,
      null
    ]);
  });
});
