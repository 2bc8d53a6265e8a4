/**
 * Values become a request: path, query, headers and body as they travel.
 */
import type { Endpoint } from '../../protocol';
import type { IField } from './schema';
import { jsonText } from './json';
import { isNamed, isSecret } from './secrets';
import { asTree, objectIn, valueIn, type IDraft, type IFilled, type IValues } from './values';

/** The files that are chosen, by the ids of their fields. */
export type Files = ReadonlyMap<string, readonly File[]>;

export type Pairs = readonly (readonly [string, string])[];

/** A request that is ready to be sent, or to be told as a command. */
export interface IOutgoing {
  readonly method: string;
  /** Path and query, below the address of the served notebook. */
  readonly target: string;
  readonly headers: Pairs;
  /** The body as text; null for none, and for a form. */
  readonly body: string | null;
  /** The fields of a form; a file is told by its name. */
  readonly form: readonly (readonly [string, string | File])[] | null;
}

/** What cannot reach the app on the way through Jupyter. */
const KEPT_BACK = new Set(['authorization', 'cookie', 'host', 'content-length', 'connection']);

/** The request that a draft stands for. */
export function outgoing(
  endpoint: Endpoint,
  fields: readonly IField[],
  draft: IDraft,
  files: Files = new Map()
): IOutgoing {
  const { values } = draft;
  const isForm = fields.some(({ input }) => input.place === 'file' || input.place === 'form');
  const body = isForm || endpoint.badge === 'GET' ? null : bodyText(draft);
  const headers = headerPairs(values);
  const isTyped = headers.some(([name]) => name.toLowerCase() === 'content-type');
  return {
    method: endpoint.badge,
    target: target(endpoint, values),
    headers:
      body === null || isTyped ? headers : [...headers, ['Content-Type', 'application/json']],
    body,
    form: isForm ? formPairs(fields, values, files) : null
  };
}

/** The path with its parameters filled in, and the query. */
export function target(endpoint: Endpoint, values: IValues): string {
  const path = fillPath(endpoint.path, name => flat(values.path[name]));
  const query = new URLSearchParams(queryPairs(values).map(([name, value]) => [name, value]));
  const asked = query.toString();
  return asked ? `${path}?${asked}` : path;
}

/** A declared path with a value in the place of every parameter. */
export function fillPath(path: string, value: (name: string) => string): string {
  return path.replace(/\{(\w+)(?::(\w+))?\}/g, (_, name: string, converter?: string) =>
    converter === 'path'
      ? value(name).split('/').map(encodeURIComponent).join('/')
      : encodeURIComponent(value(name))
  );
}

/** Why a header will not arrive as it is written; empty where it will. */
export function headerError(
  name: string,
  value: string
): '' | 'kept-back' | 'name' | 'value' | 'named' {
  if (isSecret(name) && isNamed(name, value)) {
    return 'named';
  }
  if (KEPT_BACK.has(name.toLowerCase())) {
    return 'kept-back';
  }
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name)) {
    return 'name';
  }

  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value) ? '' : 'value';
}

/** The body as it is sent, and written in the JSON view: as it was typed there, if it was. */
export function bodyText({ values, text }: IFilled, indent = 0): string | null {
  if (text !== null) {
    return text;
  }
  return values.body === undefined ? null : jsonText(values.body, indent);
}

/** A draft with another body text; where that is one, the form shows its values too. */
export function withBodyText(draft: IDraft, text: string, isWhole: boolean): IDraft {
  const body = isWhole ? valueIn(text) : objectIn(text);
  return { ...draft, text, values: body === undefined ? draft.values : { ...draft.values, body } };
}

/** Whether a form can show what was written as the body. */
export function fitsForm({ text }: Pick<IDraft, 'text'>, isWhole: boolean): boolean {
  return text === null || (isWhole ? valueIn(text) : objectIn(text)) !== undefined;
}

function headerPairs({ headers }: IValues): Pairs {
  return Object.entries(headers)
    .filter(([name, value]) => name !== '' && value !== undefined)
    .map(([name, value]) => [name, flat(value)]);
}

function queryPairs({ query }: IValues): Pairs {
  return Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map(each => [name, flat(each)] as const)
  );
}

function formPairs(
  fields: readonly IField[],
  values: IValues,
  files: Files
): readonly (readonly [string, string | File])[] {
  return fields.flatMap<readonly [string, string | File]>(({ id, input }) => {
    if (input.place === 'file') {
      return (files.get(id) ?? []).map(file => [input.name, file]);
    }
    const value = asTree(values.body)[input.name];
    const isSent = ['form', 'body'].includes(input.place) && value !== undefined;
    return isSent ? [[input.name, flat(value)]] : [];
  });
}

/** A value as the text of a path, a query or a header. */
function flat(value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  return typeof value === 'object' ? jsonText(value) : String(value);
}
