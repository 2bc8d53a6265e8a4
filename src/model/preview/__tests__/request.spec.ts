import { endpoint } from '../../__tests__/samples';
import { fieldErrorText, fieldErrorsAbout, fieldErrorsOf, misfits } from '../fielderrors';
import { examplesOf, withExample, withoutExample } from '../examples';
import { fillPath, headerError, outgoing } from '../request';
import { NO_DRAFT, NO_VALUES, parse } from '../values';
import { AWKWARD, fields } from './samples';

describe('a request', () => {
  it('carries every value to its place', () => {
    const values = {
      path: { id: 'a/b c' },
      query: { tag: ['x', 'y & z'], flag: true, none: null },
      headers: { 'X-Trace': 'abc' },
      body: { values: [1, 2] }
    };
    const post = endpoint({ badge: 'POST', path: '/items/{id}' });
    const declared = fields({ name: 'values', place: 'body' });
    expect(outgoing(post, declared, { ...NO_DRAFT, values })).toEqual({
      method: 'POST',
      target: '/items/a%2Fb%20c?tag=x&tag=y+%26+z&flag=true&none=',
      headers: [
        ['X-Trace', 'abc'],
        ['Content-Type', 'application/json']
      ],
      body: '{"values":[1,2]}',
      form: null
    });
  });

  it('keeps the slashes of a path that may hold some', () => {
    expect(fillPath('/f/{p:path}/{n:int}', name => (name === 'p' ? 'a/b ?' : '5'))).toBe(
      '/f/a/b%20%3F/5'
    );
  });

  it('puts any text into a query so that it comes out again', () => {
    for (const text of AWKWARD) {
      const draft = { ...NO_DRAFT, values: { ...NO_VALUES, query: { q: text } } };
      const { target } = outgoing(endpoint(), fields({ name: 'q' }), draft);
      expect(new URL(target, 'http://x').searchParams.get('q')).toBe(text);
    }
  });

  it('sends a form where files are declared', () => {
    const file = new File(['a,b'], 'a.csv');
    const declared = fields(
      { name: 'table', place: 'file' },
      { name: 'title', place: 'form' },
      { name: 'absent', place: 'form', required: false }
    );
    const draft = { ...NO_DRAFT, values: { ...NO_VALUES, body: { title: 'T' } } };
    const made = outgoing(
      endpoint({ badge: 'POST' }),
      declared,
      draft,
      new Map([['file table', [file]]])
    );
    expect([made.body, made.headers, made.form]).toEqual([
      null,
      [],
      [
        ['table', file],
        ['title', 'T']
      ]
    ]);
  });

  it('says which headers will not arrive', () => {
    expect([
      headerError('X-Name', 'Grüße'),
      headerError('X-Name', '東京'),
      headerError('X Name', 'x'),
      headerError('Authorization', 'Bearer x'),
      headerError('X-Api-Key', '$X_API_KEY')
    ]).toEqual(['', 'value', 'name', 'kept-back', 'named']);
  });
});

describe('a error', () => {
  const text = JSON.stringify({
    detail: [
      { loc: ['body', 'values', 1], msg: 'not a number' },
      { loc: ['header', 'x-api-key'], msg: 'missing' },
      { loc: ['query', 'n'], msg: 'too small' }
    ]
  });

  it('lands on its fields', () => {
    const found = fieldErrorsOf(422, text);
    const [values, key, other] = fields(
      { name: 'values', place: 'body' },
      { name: 'X-Api-Key', place: 'header' },
      { name: 'other', place: 'query' }
    );
    expect([values, key, other].map(each => each && fieldErrorsAbout(each, found))).toEqual([
      [{ place: ['1'], message: 'not a number' }],
      [{ place: [], message: 'missing' }],
      []
    ]);
    expect(fieldErrorText({ place: ['1', 'x'], message: 'not a number' })).toBe(
      '[1].x: not a number'
    );
  });

  it('is one only if it is of the kind', () => {
    expect(fieldErrorsOf(400, text)).toEqual([]);
    expect(fieldErrorsOf(422, 'no JSON')).toEqual([]);
    expect(fieldErrorsOf(422, '{"detail": "text"}')).toEqual([]);
  });
});

describe('a path that is not found', () => {
  it('is told at the part that fits no route', () => {
    const at = { path: '/items/{id:int}/{name}/{rest:path}' };
    const of = (path: Readonly<Record<string, unknown>>) => misfits(at, { ...NO_VALUES, path });
    expect(of({ id: 5, name: 'a b', rest: 'x/y' })).toEqual([]);
    expect(of({ id: 'abc', name: 'a/b', rest: '' })).toEqual([
      { name: 'id', converter: 'int' },
      { name: 'name', converter: 'str' }
    ]);
    expect(of({ id: parse('1.0') })).toEqual([
      { name: 'id', converter: 'int' },
      { name: 'name', converter: 'str' }
    ]);
  });
});

describe('examples', () => {
  const values = {
    path: {},
    query: { q: 'x' },
    headers: { 'X-Api-Key': 's3cret', 'X-Trace': '1' },
    body: { n: 1, login: { password: 'hunter2', remember: true } }
  };
  const isA = (key: string) => key === 'GET /a';
  const example = { name: 'usual', endpoint: 'GET /a', values };

  it('are kept beside whatever else is there, without secrets', () => {
    const before = { app: 'mine', examples: { other: ['?'], cell: 'broken' } };
    const after = withExample(before, 'cell', example);
    expect(after).toEqual({
      version: 1,
      app: 'mine',
      examples: {
        other: ['?'],
        cell: [
          {
            name: 'usual',
            endpoint: 'GET /a',
            values: {
              ...values,
              headers: { 'X-Api-Key': '$X_API_KEY', 'X-Trace': '1' },
              body: { n: 1, login: { password: '$PASSWORD', remember: true } }
            }
          }
        ]
      }
    });
  });

  it('keep a body as it was written, where its values would not give the same', () => {
    const text = '{"n": 1.0, "token": "abc"}';
    const kept = withExample({}, 'cell', { ...example, text });
    expect(examplesOf(kept, 'cell', isA)[0]?.text).toBe('{"n": 1.0, "token": "$TOKEN"}');
    const exact = { ...values, body: parse('{"n": 9007199254740993}') };
    const other = withExample({}, 'cell', { ...example, values: exact });
    expect(examplesOf(other, 'cell', isA)[0]?.text).toBe('{"n":9007199254740993}');
  });

  it('take the place of one of the same name, and go without a trace', () => {
    const once = withExample({}, 'cell', example);
    const body = { n: 2 };
    const twice = withExample(once, 'cell', { ...example, values: { ...values, body } });
    expect(examplesOf(twice, 'cell', isA).map(each => each.values.body)).toEqual([body]);
    expect(withoutExample(twice, 'cell', 'usual', isA)).toEqual({ version: 1 });
  });

  it('are read with suspicion', () => {
    expect(examplesOf(undefined, 'cell', isA)).toEqual([]);
    const odd = { examples: { cell: [null, { name: 5 }, { name: 'x', endpoint: 'GET /a' }] } };
    expect(examplesOf(odd, 'cell', isA)).toEqual([
      { name: 'x', endpoint: 'GET /a', values: NO_VALUES }
    ]);
  });
});
