/**
 * What a request is filled with: one set of values behind the form, the JSON and the headers.
 */
import type { Input } from '../../protocol';
import { isDeep, isTree, parseJson, jsonText, type Tree } from './json';
import { choices, inputOf, placeholder, properties, type IField, type Schema } from './schema';

/** The values as they are kept in an example too; what is absent is left out of the request. */
export interface IValues {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  /** An object by field, or anything where one value is the whole body. */
  readonly body: unknown;
}

export const NO_VALUES: IValues = { path: {}, query: {}, headers: {}, body: undefined };

/** How a value is edited. */
export type Editor = 'text' | 'json' | 'boolean' | 'choice' | 'group' | 'rows' | 'file';

/** The value of an input, undefined where it is left out. */
export function valueOf(values: IValues, { place, name }: Pick<Input, 'place' | 'name'>): unknown {
  switch (place) {
    case 'path':
    case 'query':
      return values[place][name];
    case 'header':
      return values.headers[name];
    default:
      return name === '' ? values.body : asTree(values.body)[name];
  }
}

/** The values with one of them set or, with undefined, left out. */
export function withValue(
  values: IValues,
  { place, name }: Pick<Input, 'place' | 'name'>,
  value: unknown
): IValues {
  switch (place) {
    case 'path':
    case 'query':
      return { ...values, [place]: put(values[place], name, value) };
    case 'header':
      return { ...values, headers: put(values.headers, name, value) };
    default:
      return { ...values, body: name === '' ? value : put(asTree(values.body), name, value) };
  }
}

/** An object with one key set or, with undefined, without it. */
export function put(tree: Tree, name: string, value: unknown): Tree {
  if (value !== undefined) {
    return { ...tree, [name]: value };
  }
  return Object.fromEntries(Object.entries(tree).filter(each => each[0] !== name));
}

/** The value that a field begins with: its default or, where it must be given, a placeholder. */
export function firstValue({ input, schema, definitions }: IField): unknown {
  if (input.place === 'file') {
    return undefined;
  }
  if (!input.required) {
    return input.default ?? undefined;
  }
  return placeholder(schema, definitions);
}

/** How to edit a value: what the schema asks for, as long as the value is of that kind. */
export function editorOf(schema: Schema, value: unknown, item: Schema | null = null): Editor {
  const isAbsent = value === undefined;
  if (choices(schema) && (isAbsent || choices(schema)?.includes(value))) {
    return 'choice';
  }
  switch (schema.type) {
    case 'string':
      return isAbsent || typeof value === 'string' ? 'text' : 'json';
    case 'boolean':
      return isAbsent || typeof value === 'boolean' ? 'boolean' : 'json';
    case 'object':
      return properties(schema) && (isAbsent || isCovered(schema, value)) ? 'group' : 'json';
    case 'array': {
      const isOfGroups = item !== null && properties(item) !== null;
      const fits = Array.isArray(value) && value.every(each => isCovered(item ?? {}, each));
      return isOfGroups && (isAbsent || fits) ? 'rows' : 'json';
    }
    default:
      return 'json';
  }
}

/**
 * What a text stands for in a field that is not one of text: JSON where it is that, nothing where
 * it is empty, else the text itself, so that whatever is written can be sent.
 */
export function parse(text: string): unknown {
  const trimmed = text.trim();
  if (!trimmed) {
    return undefined;
  }
  try {
    return parseJson(trimmed);
  } catch {
    return text;
  }
}

/** The text that `parse` reads as this value. */
export function toText(value: unknown): string {
  if (value === undefined) {
    return '';
  }
  if (typeof value === 'string') {
    return parse(value) === value ? value : JSON.stringify(value);
  }
  return jsonText(value);
}

/** Whether two JSON values are the same. */
export function isSame(one: unknown, other: unknown): boolean {
  return one === other || jsonText(one) === jsonText(other);
}

/** What was filled in, and what each field began with, which tells what was touched. */
export interface IDraft {
  readonly values: IValues;
  /** The first value of every field that the values are about. */
  readonly first: Tree;
  /** The values of fields that are not declared just now. */
  readonly parked: Tree;
  /** The body as it was written as JSON, if it was, be it valid or not: it is sent like this. */
  readonly text: string | null;
}

/** What is sent of it, but for files. */
export type IFilled = Pick<IDraft, 'values' | 'text'>;

export const NO_DRAFT: IDraft = { values: NO_VALUES, first: {}, parked: {}, text: null };

/**
 * A draft for the fields as they are declared now: what was filled in stays, by name; what nobody
 * touched follows its default; what is not declared any more waits until it is again.
 */
export function reconciled(draft: IDraft, fields: readonly IField[]): IDraft {
  let { values, parked } = draft;
  const first: Record<string, unknown> = {};
  const declared = new Set(fields.map(field => field.id));
  for (const id of Object.keys(draft.first)) {
    if (!declared.has(id)) {
      const input = inputOf(id);
      parked = put(parked, id, valueOf(values, input));
      values = withValue(values, input, undefined);
    }
  }
  for (const field of fields) {
    const begin = firstValue(field);
    const value = valueOf(values, field.input);
    const isKnown = field.id in draft.first;
    // JSON cannot hold undefined, so that "left out from the start" is null here.
    first[field.id] = begin ?? null;
    if (!isKnown) {
      const kept = value ?? parked[field.id] ?? begin;
      values = withValue(values, field.input, kept);
      parked = put(parked, field.id, undefined);
    } else if (isSame(value ?? null, draft.first[field.id])) {
      values = withValue(values, field.input, begin);
    }
  }
  if (!fields.some(({ input }) => input.place === 'body' || input.place === 'form')) {
    values = { ...values, body: undefined };
  }
  // What was written as a whole says all of it, defaults left out.
  const written = draft.text === null ? undefined : objectIn(draft.text);
  if (written !== undefined && fields.some(({ input }) => input.place === 'body' && input.name)) {
    values = { ...values, body: written };
  }
  return { values, first, parked, text: draft.text };
}

/** The value that a text is in JSON; undefined where it is none, or too deep to be edited. */
export function valueIn(text: string): unknown {
  try {
    return isDeep(text) ? undefined : parseJson(text);
  } catch {
    return undefined;
  }
}

/** The object that a text is in JSON; undefined where it is none, or too deep to be edited. */
export function objectIn(text: string): Tree | undefined {
  const found = valueIn(text);
  return isTree(found) ? found : undefined;
}

/** Whether an object has no parts that its schema does not name: a form would hide them. */
function isCovered(schema: Schema, value: unknown): boolean {
  const known = properties(schema) ?? {};
  return isTree(value) && Object.keys(value).every(name => name in known);
}

/** An object of JSON, an empty one in the place of anything else. */
export function asTree(found: unknown): Tree {
  return isTree(found) ? found : {};
}
