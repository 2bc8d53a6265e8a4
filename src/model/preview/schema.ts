/**
 * What a caller may send, as JSON Schema: from the declaration and, where the app is live, from
 * its openapi.json, which alone knows the notebook's own models.
 */
import type { Endpoint, Input } from '../../protocol';

export type Schema = Readonly<Record<string, unknown>>;

/** One value to fill in. */
export interface IField {
  /** Place and name: what values, errors and inputs are found by. */
  readonly id: string;
  readonly input: Input;
  /** Without references to other schemas at its top. */
  readonly schema: Schema;
  /** What the references inside of it point at. */
  readonly definitions: Schema;
}

/** As much of an openapi.json as is read here. */
export interface IOpenApi {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, IOperation>>>>;
  readonly components?: { readonly schemas?: Schema };
}

interface IOperation {
  readonly parameters?: readonly { name: string; in: string; schema?: Schema }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { schema?: Schema }>> };
}

const DEEPEST = 6;

/** The fields of an endpoint, in the order of its declaration. */
export function fieldsOf(endpoint: Endpoint, openApi: IOpenApi | null): readonly IField[] {
  const components = openApi?.components?.schemas ?? {};
  const operation = operationOf(endpoint, openApi);
  return endpoint.inputs
    .filter(input => input.place !== 'message')
    .map(input => {
      const definitions = { ...components, ...asSchema(input.json_schema.$defs) };
      const known = operation ? declared(operation, input, components) : null;
      const own = resolve(input.json_schema, definitions);
      const schema = known && Object.keys(known).length > 0 ? resolve(known, definitions) : own;
      const found = { ...input, place: placeIn(operation, input, schema) };
      return { id: fieldId(input), input: found, schema, definitions };
    });
}

/** Where a value travels; the app alone knows that a parameter of the function is an upload. */
function placeIn(operation: IOperation | null, input: Input, schema: Schema): Input['place'] {
  const media = Object.keys(operation?.requestBody?.content ?? {});
  const isForm = media.some(each => /^multipart\/form-data|x-www-form-urlencoded/.test(each));
  if (input.place !== 'body' || !isForm) {
    return input.place;
  }
  return isBinary(schema) || isBinary(asSchema(schema.items)) ? 'file' : 'form';
}

function isBinary({ format, contentMediaType }: Schema): boolean {
  return format === 'binary' || contentMediaType === 'application/octet-stream';
}

/** How a field is told from the others of its endpoint. */
function fieldId({ place, name }: Pick<Input, 'place' | 'name'>): string {
  return `${place} ${name}`;
}

/** The place and the name that such an id is made of. */
export function inputOf(id: string): Pick<Input, 'place' | 'name'> {
  const at = id.indexOf(' ');
  return { place: id.slice(0, at) as Input['place'], name: id.slice(at + 1) };
}

/** A schema without a reference, or a choice between itself and null, around it. */
export function resolve(schema: Schema, definitions: Schema): Schema {
  let found = schema;
  for (let depth = 0; depth < DEEPEST; depth += 1) {
    const { $ref, allOf, anyOf, ...rest } = found;
    const alternatives = asList(anyOf).filter(each => asSchema(each).type !== 'null');
    if (typeof $ref === 'string') {
      found = { ...asSchema(definitions[$ref.split('/').pop() ?? '']), ...rest };
    } else if (asList(allOf).length === 1) {
      found = { ...asSchema(asList(allOf)[0]), ...rest };
    } else if (alternatives.length === 1) {
      found = { ...asSchema(alternatives[0]), ...rest };
    } else {
      break;
    }
  }
  return found;
}

/** The named parts of an object, null for what is no object of known parts. */
export function properties(schema: Schema): Readonly<Record<string, Schema>> | null {
  const found = schema.properties;
  return typeof found === 'object' && found !== null ? (found as Record<string, Schema>) : null;
}

/** The names that an object must have. */
export function required(schema: Schema): readonly string[] {
  return asList(schema.required).map(String);
}

/** The values to choose from, null where any may be given. */
export function choices(schema: Schema): readonly unknown[] | null {
  if (Array.isArray(schema.enum)) {
    return schema.enum;
  }
  return 'const' in schema ? [schema.const] : null;
}

/** A value of the type, for a start. */
export function placeholder(schema: Schema, definitions: Schema, depth = 0): unknown {
  const found = resolve(schema, definitions);
  const given = [found.default, asList(found.examples)[0], choices(found)?.[0]];
  const first = given.find(each => each !== undefined && each !== null);
  if (first !== undefined || depth > DEEPEST) {
    return first ?? null;
  }
  switch (found.type) {
    case 'string':
      return TEXTS[String(found.format)] ?? 'text';
    case 'integer':
    case 'number':
      return smallest(found);
    case 'boolean':
      return false;
    case 'array':
      return someOf(found, definitions, depth);
    case 'object':
      return whole(found, definitions, depth);
    default:
      return 'anyOf' in found
        ? placeholder(asSchema(asList(found.anyOf)[0]), definitions, depth + 1)
        : null;
  }
}

const TEXTS: Readonly<Record<string, string>> = {
  date: '2026-01-31',
  'date-time': '2026-01-31T09:30:00Z',
  time: '09:30:00',
  duration: 'PT1H',
  uuid: '00000000-0000-4000-8000-000000000000',
  email: 'ada@example.org',
  uri: 'https://example.org'
};

function smallest({ minimum, exclusiveMinimum }: Schema): number {
  if (typeof minimum === 'number') {
    return minimum;
  }
  return typeof exclusiveMinimum === 'number' ? exclusiveMinimum + 1 : 1;
}

function someOf(schema: Schema, definitions: Schema, depth: number): unknown {
  const prefix = asList(schema.prefixItems);
  if (prefix.length > 0) {
    return prefix.map(each => placeholder(asSchema(each), definitions, depth + 1));
  }
  const item = resolve(asSchema(schema.items), definitions);
  const isPlainNumber = item.type === 'number' || item.type === 'integer';
  const isBound = 'minimum' in item || 'maximum' in item || 'maxItems' in schema;
  return isPlainNumber && !isBound
    ? [1, 2, 3]
    : [placeholder(item, definitions, depth + 1)].filter(each => each !== null);
}

function whole(schema: Schema, definitions: Schema, depth: number): unknown {
  const needed = new Set(required(schema));
  return Object.fromEntries(
    Object.entries(properties(schema) ?? {})
      .filter(([name]) => needed.has(name))
      .map(([name, each]) => [name, placeholder(each, definitions, depth + 1)])
  );
}

function operationOf(endpoint: Endpoint, openApi: IOpenApi | null): IOperation | null {
  const path = endpoint.path.replace(/\{(\w+):\w+\}/g, '{$1}');
  return openApi?.paths?.[path]?.[endpoint.badge.toLowerCase()] ?? null;
}

function declared(operation: IOperation, input: Input, components: Schema): Schema | null {
  if (input.place === 'body' || input.place === 'form' || input.place === 'file') {
    const [content] = Object.values(operation.requestBody?.content ?? {});
    const body = resolve(content?.schema ?? {}, components);
    return input.name ? (properties(body)?.[input.name] ?? null) : body;
  }
  const name = input.name.toLowerCase();
  const found = operation.parameters?.find(
    each => each.in === input.place && each.name.toLowerCase() === name
  );
  return found?.schema ?? null;
}

export function asSchema(found: unknown): Schema {
  return typeof found === 'object' && found !== null ? (found as Schema) : {};
}

function asList(found: unknown): readonly unknown[] {
  return Array.isArray(found) ? found : [];
}
