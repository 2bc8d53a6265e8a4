import { endpoint } from '../../__tests__/samples';
import { fieldsOf, placeholder, resolve, type Schema } from '../schema';
import { input } from './samples';

const OPEN_API = {
  paths: {
    '/people/{id}': {
      post: {
        parameters: [{ name: 'id', in: 'path', schema: { type: 'integer', minimum: 10 } }],
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Body' } } }
        }
      }
    }
  },
  components: {
    schemas: {
      Body: { properties: { person: { $ref: '#/components/schemas/Person' } } },
      Person: {
        type: 'object',
        required: ['name', 'boss'],
        properties: {
          name: { type: 'string' },
          nick: { type: 'string' },
          boss: { anyOf: [{ $ref: '#/components/schemas/Person' }, { type: 'null' }] }
        }
      }
    }
  }
};

describe('the fields of an endpoint', () => {
  const people = endpoint({
    badge: 'POST',
    path: '/people/{id:int}',
    inputs: [
      input({ name: 'id', place: 'path', json_schema: { type: 'integer' } }),
      input({ name: 'person', place: 'body', type: 'Person', json_schema: {} })
    ]
  });

  it('come from the declaration alone while nothing is live', () => {
    expect(fieldsOf(people, null).map(({ id, schema }) => [id, schema])).toEqual([
      ['path id', { type: 'integer' }],
      ['body person', {}]
    ]);
  });

  it('learn the models of the notebook from the live app', () => {
    const [id, person] = fieldsOf(people, OPEN_API);
    expect(id?.schema).toEqual({ type: 'integer', minimum: 10 });
    expect(person?.schema).toEqual(OPEN_API.components.schemas.Person);
  });

  it('end where a model holds itself', () => {
    const person = fieldsOf(people, OPEN_API)[1];
    const made = placeholder(person?.schema ?? {}, person?.definitions ?? {});
    expect(JSON.stringify(made).length).toBeLessThan(400);
  });
});

describe('a schema', () => {
  it('is found behind references, choices with null and single unions', () => {
    const definitions = { A: { type: 'integer' } };
    const wrapped: readonly Schema[] = [
      { $ref: '#/$defs/A' },
      { anyOf: [{ $ref: '#/$defs/A' }, { type: 'null' }] },
      { allOf: [{ $ref: '#/components/schemas/A' }] }
    ];
    wrapped.forEach(each => expect(resolve(each, definitions)).toEqual({ type: 'integer' }));
    const circle = { B: { $ref: '#/$defs/B' } };
    expect(resolve({ $ref: '#/$defs/B' }, circle)).toEqual({ $ref: '#/$defs/B' });
  });

  it.each<readonly [Schema, unknown]>([
    [{ type: 'string' }, 'text'],
    [{ type: 'string', format: 'date' }, '2026-01-31'],
    [{ type: 'integer', exclusiveMinimum: 4 }, 5],
    [{ type: 'array', items: { type: 'number' } }, [1, 2, 3]],
    [{ type: 'array', items: { type: 'string' } }, ['text']],
    [{ type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] }, ['text', 1]],
    [{ enum: ['teal', 'gold'] }, 'teal'],
    [{ anyOf: [{ type: 'integer' }, { type: 'string' }] }, 1],
    [{}, null]
  ])('%j begins with %j', (schema, value) => {
    expect(placeholder(schema, {})).toEqual(value);
  });

  it('knows an upload by what the app says of itself', () => {
    const file = { type: 'string', contentMediaType: 'application/octet-stream' };
    const properties = {
      one: file,
      many: { type: 'array', items: { type: 'string', format: 'binary' } },
      note: { type: 'string' }
    };
    const openApi = {
      paths: {
        '/up': {
          post: { requestBody: { content: { 'multipart/form-data': { schema: { properties } } } } }
        }
      }
    };
    const inputs = ['one', 'many', 'note'].map(name =>
      input({ name, place: 'body', json_schema: {} })
    );
    const up = endpoint({ key: 'POST /up', badge: 'POST', path: '/up', inputs });
    const told = fieldsOf(up, openApi);
    expect(told.map(each => each.input.place)).toEqual(['file', 'file', 'form']);
    // What is filled in is found by the same ids, before the app has told.
    expect(fieldsOf(up, null).map(each => each.id)).toEqual(told.map(each => each.id));
  });
});
