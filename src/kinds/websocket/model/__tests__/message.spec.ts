import type { Input } from '../../../../protocol';
import { tellsError } from '../entry';
import { SentHistory } from '../history';
import { jsonLines } from '../jsonlines';
import { messageError, template } from '../template';

function field(name: string, schema: Input['json_schema'], changes: Partial<Input> = {}): Input {
  return {
    name,
    place: 'message',
    type: '',
    required: true,
    default: null,
    json_schema: schema,
    ...changes
  };
}

const COUNT = field('count', { type: 'integer' }, { type: 'int' });
const TAGS = field('tags', { type: 'array', items: { type: 'string' } }, { type: 'list[str]' });
const ROOM = field('room', { type: 'string' }, { required: false, default: 'blue' });
const MODE = field('mode', { enum: ['day', 'week'] }, { type: "Literal['day', 'week']" });
const MODEL = field('model', {}, { type: 'Model' });

describe('a message to begin from', () => {
  it('has every field, with a default or of its type', () => {
    const text = template([COUNT, TAGS, ROOM, MODE, MODEL, { ...ROOM, place: 'query', name: 'q' }]);
    expect(JSON.parse(text)).toEqual({
      count: 1,
      tags: ['text'],
      room: 'blue',
      mode: 'day',
      model: null
    });
  });

  it('is empty where no fields are declared', () => {
    expect(template([])).toBe('');
  });

  it('fits, as far as can be told', () => {
    const inputs = [
      COUNT,
      TAGS,
      ROOM,
      MODE,
      field('at', { type: 'string', format: 'date-time' }),
      field('pair', { anyOf: [{ type: 'null' }, { type: 'number', minimum: 2 }] }),
      field('deep', { type: 'object', properties: { a: { type: 'boolean' } }, required: ['a'] })
    ];
    expect(messageError(template(inputs), inputs)).toBeNull();
  });
});

describe('the check of a message', () => {
  it.each([
    ['{"count": 3}', null],
    ['{"count": "3"}', null],
    ['{"count": 3, "more": 1}', null],
    ['{"count": 3.5}', { kind: 'type', field: 'count', expected: 'int' }],
    ['{"count": "x"}', { kind: 'type', field: 'count', expected: 'int' }],
    ['{"count": null}', { kind: 'type', field: 'count', expected: 'int' }],
    ['{}', { kind: 'missing', field: 'count' }],
    ['[1]', { kind: 'not-object' }],
    ['null', { kind: 'not-object' }]
  ])('of %s', (text, wanted) => {
    expect(messageError(text, [COUNT])).toEqual(wanted);
  });

  it('says why it is no JSON', () => {
    expect(messageError('{count: 3}', [COUNT])).toMatchObject({ kind: 'not-json' });
  });

  it.each([
    ['{"tags": ["a"]}', TAGS, true],
    ['{"tags": [1]}', TAGS, false],
    ['{"tags": "a"}', TAGS, false],
    ['{"room": null}', ROOM, true],
    ['{"room": 1}', ROOM, false],
    ['{"mode": "day"}', MODE, true],
    ['{"mode": "year"}', MODE, false],
    ['{"model": [{}]}', MODEL, true]
  ])('knows the types: %s', (text, input, isFine) => {
    expect(messageError(text, [input]) === null).toBe(isFine);
  });
});

describe('what was sent', () => {
  it('comes back step by step, and the draft in the end', () => {
    const history = new SentHistory();
    ['one', 'two', 'one', 'three'].forEach(text => history.add(text));
    expect([
      history.texts,
      history.older('draft'),
      history.older('three'),
      history.older('one'),
      history.older('two'),
      history.newer(),
      history.newer(),
      history.newer(),
      history.newer()
    ]).toEqual([
      ['two', 'one', 'three'],
      'three',
      'one',
      'two',
      null,
      'one',
      'three',
      'draft',
      null
    ]);
  });
});

describe('a frame', () => {
  it.each([
    ['{"error":"not JSON"}', true],
    ['{"error": 1}', false],
    ['{"error":"no","code":1}', false],
    ['{"error', false],
    ['{"data":"error"}', false]
  ])('%s tells of an error: %s', (text, told) => {
    expect(tellsError(text)).toBe(told);
  });

  it('is a line of JSON in a file', () => {
    const common = { id: 1, at: 0, clients: ['A'], room: '' };
    const text = jsonLines([
      { ...common, kind: 'sent', data: 'a\nb', frames: [], delivery: null },
      {
        ...common,
        kind: 'received',
        room: 'blue',
        data: new Uint8Array([0, 255]).buffer,
        frames: [],
        delivery: { messages: 1, count: 2, room: '', client: '' }
      },
      { ...common, kind: 'closed', code: 1001, reason: 'bye', wasOpen: true, isMeant: false }
    ]);
    const at = '1970-01-01T00:00:00.000Z';
    expect(
      text
        .trim()
        .split('\n')
        .map(line => JSON.parse(line) as unknown)
    ).toEqual([
      { id: 1, at, kind: 'sent', clients: ['A'], data: 'a\nb' },
      { id: 1, at, kind: 'received', clients: ['A'], room: 'blue', recipients: 2, base64: 'AP8=' },
      { id: 1, at, kind: 'closed', clients: ['A'], code: 1001, reason: 'bye' }
    ]);
  });
});
