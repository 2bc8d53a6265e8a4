import { hexDump, oneLine, textOf } from '../display';

const BYTES = new Uint8Array([0, 1, 65, 126, 127, 255]).buffer;

describe('a message as text', () => {
  it.each([
    ['a\n  b', 'a b'],
    ['x'.repeat(400), `${'x'.repeat(300)}…`],
    [BYTES, '00 01 41 7e 7f ff']
  ])('is one line in a row', (data, wanted) => {
    expect(oneLine(data)).toBe(wanted);
  });

  it.each([
    ['{"a":[1]}', 100, { text: '{\n  "a": [\n    1\n  ]\n}', shown: 9, size: 9 }],
    ['{"n":1.0}', 100, { text: '{\n  "n": 1.0\n}', shown: 9, size: 9 }],
    ['12345678901234567890', 100, { text: '12345678901234567890', shown: 20, size: 20 }],
    ['"text"', 100, { text: '"text"', shown: 6, size: 6 }],
    ['{"a":[1]}', 4, { text: '{"a"', shown: 4, size: 9 }],
    ['{oh', 100, { text: '{oh', shown: 3, size: 3 }]
  ])('is laid out in full, up to a limit: %s', (text, most, wanted) => {
    expect(textOf(text, most)).toEqual(wanted);
  });

  it('is bytes with their places', () => {
    const padding = ' '.repeat(31);
    expect([hexDump(BYTES, 100), hexDump('é', 100).size, hexDump(BYTES, 2).shown]).toEqual([
      { text: `00000000  00 01 41 7e 7f ff ${padding}..A~..`, shown: 6, size: 6 },
      2,
      2
    ]);
  });
});
