import { bodyText, fitsForm, withBodyText } from '../request';
import {
  NO_DRAFT,
  editorOf,
  parse,
  toText,
  reconciled,
  valueOf,
  withValue,
  type IDraft
} from '../values';
import { fields, input, jsonValues } from './samples';

const VALUES = jsonValues(400);

describe('a value in a field', () => {
  it('is written so that reading it gives the same value', () => {
    VALUES.forEach(value => expect(parse(toText(value))).toEqual(value));
    expect(toText(undefined)).toBe('');
    expect(parse('  ')).toBe(undefined);
  });

  it('is the text itself where the text is no JSON, and loses no digit', () => {
    expect(parse('[1, 2')).toBe('[1, 2');
    expect(parse('hello')).toBe('hello');
    expect(parse('"5"')).toBe('5');
    ['12345678901234567890', '1.0', '1e400', '-0'].forEach(text => {
      expect(toText(parse(text))).toBe(text);
    });
    const deep = '{"a":[9007199254740993,{"b":1.50}]}';
    expect(toText(parse(deep))).toBe(deep);
  });

  it('is edited by its type, as long as it is of that type', () => {
    expect([
      editorOf({ type: 'string' }, 'x'),
      editorOf({ type: 'string' }, 5),
      editorOf({ enum: ['a', 'b'] }, 'a'),
      editorOf({ type: 'string', enum: ['a', 'b'] }, 'c'),
      editorOf({ type: 'boolean' }, undefined),
      editorOf({ type: 'boolean' }, 'yes'),
      editorOf({ type: 'array', items: { type: 'number' } }, [1], { type: 'number' }),
      editorOf({ type: 'object', properties: { a: {} } }, { a: 1 }),
      editorOf({ type: 'object', properties: { a: {} } }, { b: 1 })
    ]).toEqual(['text', 'json', 'choice', 'text', 'boolean', 'json', 'json', 'group', 'json']);
  });
});

describe('form and JSON', () => {
  it('mean the same: what one shows the other reads back', () => {
    const declared = fields(
      { name: 'a', place: 'body', json_schema: {} },
      { name: 'b', place: 'body', json_schema: { type: 'number' } }
    );
    let draft = reconciled(NO_DRAFT, declared);
    VALUES.forEach((value, index) => {
      const field = input({ name: index % 2 ? 'a' : 'b', place: 'body' });
      // The way of the form: a text is written, read, and kept.
      draft = { ...draft, values: withValue(draft.values, field, parse(toText(value))) };
      const text = bodyText(draft, 2) ?? '';
      const again = withBodyText(draft, text, false);
      expect(again).toEqual({ ...draft, text });
      expect(valueOf(again.values, field)).toEqual(value);
    });
  });

  it('keeps a body that is no object as it was written', () => {
    const draft = withBodyText(NO_DRAFT, '[1, 2', false);
    expect(bodyText(draft)).toBe('[1, 2');
    const fixable = withBodyText(draft, '{"a": 1}', false);
    expect([fixable.text, fixable.values.body]).toEqual(['{"a": 1}', { a: 1 }]);
    expect(withBodyText(NO_DRAFT, '[1]', true).values.body).toEqual([1]);
  });

  it('keeps a number that is exact as no object either', () => {
    const draft = withBodyText(NO_DRAFT, '1.0', false);
    expect([draft.values.body, fitsForm(draft, false)]).toEqual([undefined, false]);
  });
});

describe('a draft', () => {
  const values = { name: 'values', place: 'body', json_schema: { type: 'string' } } as const;
  const digits = { name: 'digits', place: 'body', required: false, default: 2 } as const;
  const fill = (draft: IDraft, value: unknown): IDraft => ({
    ...draft,
    values: withValue(draft.values, { place: 'body', name: 'digits' }, value)
  });

  it('begins with defaults and placeholders, and without what may be left out', () => {
    const draft = reconciled(
      NO_DRAFT,
      fields(values, digits, { name: 'label', required: false }, { name: 'q' })
    );
    expect(draft.values).toEqual({
      path: {},
      query: { q: 'text' },
      headers: {},
      body: { values: 'text', digits: 2 }
    });
  });

  it('follows a default that nobody touched, and keeps what somebody wrote', () => {
    const begun = reconciled(NO_DRAFT, fields(digits));
    expect(reconciled(begun, fields({ ...digits, default: 3 })).values.body).toEqual({ digits: 3 });
    const written = fill(begun, 7);
    expect(reconciled(written, fields({ ...digits, default: 3 })).values.body).toEqual({
      digits: 7
    });
    const left = fill(begun, undefined);
    expect(reconciled(left, fields({ ...digits, default: 3 })).values.body).toEqual({});
  });

  it('keeps values by name while a field is being renamed', () => {
    const written = fill(reconciled(NO_DRAFT, fields(values, digits)), 7);
    const without = reconciled(written, fields(values));
    expect(without.values.body).toEqual({ values: 'text' });
    expect(reconciled(without, fields(values, digits)).values.body).toEqual({
      values: 'text',
      digits: 7
    });
  });

  it('has no body where none is declared', () => {
    const begun = reconciled(NO_DRAFT, fields(digits));
    expect(reconciled(begun, fields({ name: 'q' })).values).toEqual({
      path: {},
      query: { q: 'text' },
      headers: {},
      body: undefined
    });
  });
});
