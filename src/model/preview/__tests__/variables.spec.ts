import { METADATA } from '../../document';
import { parseJson } from '../json';
import { NO_DRAFT, NO_VALUES } from '../values';
import { NotebookVariables, filled, filledBody, unset } from '../variables';

const KNOWN = { city: 'Århus', quote: 'a "b"\n', n: '3', api_key: '$API_KEY' };

describe('variables', () => {
  // tests/export/test_references.py has the same.
  it.each([
    ['to {{city}}, {{ city }}', 'to Århus, Århus'],
    ['{"a": "{{quote}}", "n": {{n}}}', '{"a": "a \\"b\\"\\n", "n": 3}'],
    ['["{{n}}", "\\"{{n}}"]', '["3", "\\"3"]'],
    ['{{quote}}', 'a "b"\n'],
    [
      '{{gone}} {{constructor}} {{api_key}} {{}} {n}',
      '{{gone}} {{constructor}} {{api_key}} {{}} {n}'
    ],
    ['{"x": 1.0, "y": 1e400}', '{"x": 1.0, "y": 1e400}']
  ])('stand for their values in a body: %j', (text, expected) => {
    expect(filledBody(text, KNOWN)).toBe(expected);
  });

  it('stand for their values however deep, and leave numbers as they were written', () => {
    const body = parseJson('{"a": ["{{n}}", 1.0], "{{n}}": {"b": "{{gone}}"}}');
    const draft = {
      ...NO_DRAFT,
      values: { ...NO_VALUES, headers: { 'X-City': '{{city}}' }, body }
    };
    const { values } = filled(draft, KNOWN);
    expect(values.headers).toEqual({ 'X-City': 'Århus' });
    expect(values.body).toEqual(parseJson('{"a": ["3", 1.0], "{{n}}": {"b": "{{gone}}"}}'));
    expect(unset(draft, {})).toEqual(['city', 'n', 'gone']);
    expect(unset({ ...draft, text: '{{api_key}}' }, KNOWN)).toEqual(['api_key']);
  });

  it('are kept in the notebook beside what else is there, secrets by name', () => {
    const metadata = new Map<string, unknown>([[METADATA, { version: 1, examples: { c: [] } }]]);
    const document = {
      getMetadata: (key: string) => metadata.get(key),
      setMetadata: (key: string, value: unknown) => void metadata.set(key, value)
    };
    const variables = new NotebookVariables(document);
    expect(variables.all).toEqual({});
    variables.all = { city: 'Oslo', api_key: 'hunter2' };
    expect(metadata.get(METADATA)).toEqual({
      version: 1,
      examples: { c: [] },
      variables: { city: 'Oslo', api_key: '$API_KEY' }
    });
    expect(variables.all).toEqual({ city: 'Oslo', api_key: 'hunter2' });
    expect(new NotebookVariables(document).all).toEqual({ city: 'Oslo', api_key: '$API_KEY' });
    variables.all = {};
    expect(metadata.get(METADATA)).toEqual({ version: 1, examples: { c: [] } });
  });
});
