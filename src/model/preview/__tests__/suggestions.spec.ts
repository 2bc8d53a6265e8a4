import { bodySchema, suggestionsAt } from '../suggestions';
import { fields } from './samples';

const LINE = {
  type: 'object',
  properties: { product: { type: 'string' }, size: { enum: ['s', 'l'] } },
  required: ['product']
};
const FIELDS = fields(
  {
    name: 'lines',
    place: 'body',
    json_schema: { type: 'array', items: { $ref: '#/$defs/Line' }, $defs: { Line: LINE } }
  },
  { name: 'gift', place: 'body', required: false, json_schema: { type: 'boolean' } },
  { name: 'q', place: 'query', json_schema: { type: 'string' } }
);

/** What is offered at the bar in a text, and what the text is with the first of it. */
function offered(marked: string) {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const found = suggestionsAt(text, offset, bodySchema(FIELDS));
  const { from = 0, to = 0, items = [] } = found ?? {};
  const [first] = items;
  const result = first ? text.slice(0, from) + first.insert + text.slice(to) : '';
  return [items.map(each => each.label), result];
}

describe('what can stand in a body', () => {
  it.each([
    ['{|', ['"lines"', '"gift"'], '{"lines": '],
    ['{"gi|"}', ['"lines"', '"gift"'], '{"lines": }'],
    ['{"|": 1}', ['"lines"', '"gift"'], '{"lines": 1}'],
    ['{"lines": [], |}', ['"gift"'], '{"lines": [], "gift": }'],
    ['{"gift": |}', ['true', 'false'], '{"gift": true}'],
    ['{"gift": t|}', ['true', 'false'], '{"gift": true}'],
    ['{"lines": |', ['[{"product":"text"}]'], '{"lines": [{"product":"text"}]'],
    ['{"lines": [{"product": "a,{", |', ['"size"'], '{"lines": [{"product": "a,{", "size": '],
    ['{"lines": [{}, {"size": "|"}]', ['"s"', '"l"'], '{"lines": [{}, {"size": "s"}]'],
    ['|', ['{"lines":[{"product":"text"}]}'], '{"lines":[{"product":"text"}]}'],
    ['{"gift"|}', [], ''],
    ['{"gift": true |', [], ''],
    ['{"other": |', [], ''],
    ['{} |', [], ''],
    ['1 |', [], ''],
    ['}]|', [], '']
  ])('%s', (marked, labels, result) => {
    expect(offered(marked)).toEqual([labels, result]);
  });
});
