/**
 * A message to begin from, and what is wrong with one: by the `message:` fields, as far as their
 * schemas tell. The server has the last word; it converts what this would call wrong by a hair.
 */
import type { Input } from '../../../protocol';
import { isTree } from '../../../model/preview/json';
import { placeholder, type Schema } from '../../../model/preview/schema';

/** What is wrong with a message, and where in it. */
export type MessageError =
  | { readonly kind: 'not-json'; readonly detail: string }
  | { readonly kind: 'not-object' }
  | { readonly kind: 'missing'; readonly field: string }
  | { readonly kind: 'type'; readonly field: string; readonly expected: string };

/** The fields of a message. */
export function messageInputs(inputs: readonly Input[]): readonly Input[] {
  return inputs.filter(each => each.place === 'message');
}

/** A message with every field; a text where none are declared. */
export function template(inputs: readonly Input[]): string {
  const fields = messageInputs(inputs);
  if (fields.length === 0) {
    return '';
  }
  return JSON.stringify(
    Object.fromEntries(
      fields.map(each => [
        each.name,
        each.required ? placeholder(each.json_schema, {}) : each.default
      ])
    )
  );
}

/** The first thing that is wrong with a message; null where it fits. */
export function messageError(text: string, inputs: readonly Input[]): MessageError | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { kind: 'not-json', detail: (error as Error).message };
  }
  if (!isTree(value)) {
    return { kind: 'not-object' };
  }
  for (const { name, required, json_schema: schema, type } of messageInputs(inputs)) {
    if (!(name in value)) {
      if (required) {
        return { kind: 'missing', field: name };
      }
    } else if (!fits(value[name], schema) && !(value[name] === null && !required)) {
      return { kind: 'type', field: name, expected: type || String(schema.type ?? '') };
    }
  }
  return null;
}

/** Whether a value is what a schema describes, or text that the server reads as it. */
function fits(value: unknown, schema: Schema): boolean {
  const options = schema.anyOf as readonly Schema[] | undefined;
  if (options) {
    return options.some(each => fits(value, each));
  }
  const allowed = schema.enum as readonly unknown[] | undefined;
  if (allowed) {
    return allowed.includes(value);
  }
  if ('const' in schema) {
    return value === schema.const;
  }
  switch (schema.type) {
    case 'string':
      return typeof value === 'string' || Boolean(schema.format);
    case 'integer':
      return Number.isInteger(asNumber(value));
    case 'number':
      return !Number.isNaN(asNumber(value));
    case 'boolean':
      return typeof value === 'boolean' || READ_AS_BOOLEAN.test(String(value));
    case 'null':
      return value === null;
    case 'array':
      return (
        Array.isArray(value) && value.every(each => fits(each, (schema.items ?? {}) as Schema))
      );
    case 'object':
      return isTree(value) && fitsObject(value, schema);
    default:
      return true;
  }
}

const READ_AS_BOOLEAN = /^(0|1|true|false|yes|no|on|off|t|f|y|n)$/i;

function fitsObject(value: Readonly<Record<string, unknown>>, schema: Schema): boolean {
  const properties = (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
  const required = (schema.required ?? []) as readonly string[];
  const others = schema.additionalProperties;
  return (
    required.every(name => name in value) &&
    Object.entries(value).every(([name, each]) =>
      fits(each, properties[name] ?? (isTree(others) ? others : {}))
    )
  );
}

function asNumber(value: unknown): number {
  if (typeof value === 'string') {
    return value.trim() ? Number(value) : NaN;
  }
  return typeof value === 'number' || typeof value === 'boolean' ? Number(value) : NaN;
}
