/**
 * Where a virtual client connects to: the path and query of an endpoint, filled in.
 */
import type { Endpoint, Input } from '../../../protocol';
import { target as targetOf } from '../../../model/preview/request';
import { NO_VALUES, withValue, type IValues } from '../../../model/preview/values';

/** The values of a client by the names of the inputs; a list is one value a line. */
export type Values = Readonly<Record<string, string>>;

/** What a client is asked for before it connects. */
export function handshakeInputs(endpoint: Endpoint): readonly Input[] {
  return endpoint.inputs.filter(each => each.place === 'path' || each.place === 'query');
}

/** The required headers, which no browser sends with a WebSocket. */
export function unsendable(endpoint: Endpoint): readonly Input[] {
  return endpoint.inputs.filter(each => each.place === 'header' && each.required);
}

/** Whether a list of values goes under one name. */
export function isList(input: Input): boolean {
  return input.json_schema.type === 'array';
}

/** The names of the inputs that must be given and are not. */
export function missing(endpoint: Endpoint, values: Values): readonly string[] {
  return handshakeInputs(endpoint)
    .filter(each => (each.place === 'path' || each.required) && !values[each.name])
    .map(each => each.name);
}

/** The path with its parameters, and the query of what is given. */
export function target(endpoint: Endpoint, values: Values): string {
  return targetOf(endpoint, { ...placed(endpoint, values), path: values });
}

/** The values in their places, as an example keeps them. */
export function placed(endpoint: Endpoint, values: Values): IValues {
  return handshakeInputs(endpoint).reduce((found, input) => {
    const value = values[input.name];
    const given = isList(input) ? value?.split('\n').filter(Boolean) : value;
    return value ? withValue(found, input, given) : found;
  }, NO_VALUES);
}

/** Values out of their places. */
export function unplaced({ path, query }: Pick<IValues, 'path' | 'query'>): Values {
  return Object.fromEntries(
    Object.entries({ ...path, ...query }).map(([name, value]) => [name, typed(value)])
  );
}

/** What a new client begins with: the defaults, an id of its own, and the rooms of the others. */
export function firstValues(endpoint: Endpoint, name: string, before: Values = {}): Values {
  const values: Record<string, string> = {};
  for (const input of handshakeInputs(endpoint)) {
    const isOwn = input.name === 'client_id' || (input.place === 'path' && input.name === 'client');
    values[input.name] = isOwn ? name : (before[input.name] ?? initial(input));
  }
  return values;
}

function initial(input: Input): string {
  const { default: given, json_schema: schema } = input;
  if (given !== null && given !== undefined) {
    return typed(given);
  }
  if (input.place === 'query' && !input.required) {
    return '';
  }
  if (input.name === 'room_id' && schema.type !== 'integer') {
    return 'blue';
  }
  return schema.type === 'integer' || schema.type === 'number' ? '1' : '';
}

/** A value as it is typed: of a list, one value a line. */
function typed(value: unknown): string {
  return Array.isArray(value) ? value.map(text).join('\n') : text(value);
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
