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

  it('finds a few changes in long texts, and gives up on texts that have nothing in common', () => {
    const lines = Array.from({ length: 5000 }, (_, index) => `line ${index}`);
    const edited = lines.map((text, index) => (index % 2000 ? text : `${text}!`));
    const told = (one: readonly string[], other: readonly string[]) =>
      difference(one.join('\n'), other.join('\n')).filter(each => each.kind !== 'same');
    expect(told(lines, edited)).toHaveLength(6);
    expect(
      told(
        lines,
        [...lines].map(text => `${text}!`)
      ).map(each => each.kind)
    ).toEqual([...lines.map(() => 'removed'), ...lines.map(() => 'added')]);
  });
});

describe('a table', () => {
  it('is a list of records, or the only one inside of an object', () => {
    const records = [{ a: 1 }, { a: 'x', b: [2] }];
    for (const whole of [records, { count: 2, rows: records }]) {
      const found = table(JSON.stringify(whole));
      expect(found).toMatchObject({ columns: ['a', 'b'], numeric: new Set(), count: 2 });
      expect(found?.rows()).toEqual([
        ['1', ''],
        ['x', '[2]']
      ]);
    }
    expect(['[]', '[1]', '{"a": 1}', 'x', 'null'].map(table)).toEqual([
      null,
      null,
      null,
      null,
      null
    ]);
  });

  it('is made of no list of numbers, in whichever form they are written', () => {
    expect(['[1.0, 2.0]', '{"mean": [1.0, 1e3]}'].map(table)).toEqual([null, null]);
  });

  it('is sorted by a column, as a whole, numbers by their size', () => {
    const texts = ['9', '-1.50', '9007199254740993', '10', 'null'];
    const found = table(`[${texts.map((n, i) => `{"n": ${n}, "s": "x${i * 5}"}`).join()}]`);
    const column = (name: string, isDescending: boolean): unknown =>
      found?.rows({ column: name, isDescending }).map(row => row[name === 'n' ? 0 : 1]);
    expect(found?.numeric).toEqual(new Set(['n']));
    expect(column('n', false)).toEqual(['-1.50', '9', '10', '9007199254740993', 'null']);
    expect(column('n', true)).toEqual(['9007199254740993', '10', '9', '-1.50', 'null']);
    expect(column('s', true)).toEqual(['x20', 'x15', 'x10', 'x5', 'x0']);
    const many = Array.from({ length: 2000 }, (_, n) => ({ n }));
    const first = table(JSON.stringify(many))?.rows({ column: 'n', isDescending: true });
    expect([first?.length, first?.[0]]).toEqual([500, ['1999']]);
  });
});
