/**
 * What may be kept of what was typed. The values of secrets may not: they are told by their names,
 * and a name stands in their place in a notebook, in the browser's memory and in copied commands.
 */
import { Exact, TOKENS, isLossy, isTree, jsonText } from './json';
import { asSchema, inputOf, type IField, type Schema } from './schema';
import type { IDraft, IFilled } from './values';

const SECRET =
  /passw|passphrase|passcode|secret|credential|authori[sz]ation|cookie|api_?key|access_?key|private_?key|signing_?key|encryption_?key|(^|_)(auth|bearer|jwt|key|otp|pin|pwd|sid|sessions?|session_?(id|key))$|^(auth|bearer|jwt|session)_|tokens?$|(^|_)token_(?!count|limit|length|type)/;

/** The name of a variable, which is no secret itself. */
const REFERENCE = /^\{\{\s*[\p{L}_][\p{L}\d_-]*\s*\}\}$/u;

/** Names of fields that are secret although their names do not say so. */
export type SecretNames = ReadonlySet<string>;

const NONE: SecretNames = new Set();

/** Whether a header, a field or a parameter holds a secret, by its name. */
export function isSecret(name: string): boolean {
  return SECRET.test(words(name));
}

/** The environment variable that stands for it: `X-Api-Key` is `X_API_KEY`. */
export function secretName(name: string): string {
  const made = name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  return /^\d/.test(made) ? `_${made}` : made;
}

/** Whether a value is only the name of a secret that was not kept. */
export function isNamed(name: string, value: unknown): boolean {
  return typeof value === 'string' && value === `$${secretName(name)}`;
}

/** The fields, also those inside of others, that their schemas call secret: pydantic's `SecretStr`. */
export function secretNames(fields: readonly IField[]): SecretNames {
  const found = new Set<string>();
  const seen = new Set<unknown>();
  const look = (schema: unknown, name: string): void => {
    if (typeof schema !== 'object' || schema === null || seen.has(schema)) {
      return;
    }
    seen.add(schema);
    const { format, writeOnly, properties, ...rest } = schema as Schema;
    if (format === 'password' || writeOnly === true) {
      found.add(name);
    }
    Object.entries(asSchema(properties)).forEach(([each, inner]) => look(inner, each));
    Object.values(rest)
      .flat()
      .forEach(inner => look(inner, name));
  };
  fields.forEach(({ input, schema, definitions }) => {
    look(schema, input.name);
    Object.values(definitions).forEach(each => look(each, ''));
  });
  return found;
}

/** Values as they may be kept: every secret in them, however deep, by its name. */
export function keepable<T>(value: T, names: SecretNames = NONE): T {
  return kept(value, '', names) as T;
}

/** A text as it may be kept: JSON with its secrets by name and nothing else changed, or null. */
export function keepableText(text: string, names: SecretNames = NONE): string | null {
  try {
    JSON.parse(text);
  } catch {
    // Nobody knows what of it would be the secret.
    const inText = text.match(/[\p{L}_][\p{L}\d_-]*/gu) ?? [];
    return inText.some(name => isOurs(name, names)) ? null : text;
  }
  return masked(text, names);
}

/** A query, or a form that is sent as one, with the values of secrets by name. */
export function keepableQuery(query: string): string {
  return query
    .split('&')
    .map(each => {
      const [raw = ''] = each.split('=', 1);
      const name = decoded(raw);
      return each.length > raw.length + 1 && isSecret(name) ? `${raw}=$${secretName(name)}` : each;
    })
    .join('&');
}

/** The target of a request with the values of secrets by name. */
export function keepableTarget(target: string): string {
  const at = target.indexOf('?');
  return at < 0 ? target : target.slice(0, at + 1) + keepableQuery(target.slice(at + 1));
}

/** A draft as it may be kept over a reload of the page. */
export function keepableDraft(draft: IDraft, names: SecretNames = NONE): IDraft {
  const { values, text } = keepableFilled(draft, names);
  const first = Object.entries(draft.first).filter(([id]) => !isOurs(inputOf(id).name, names));
  const parked = Object.entries(draft.parked).map(([id, value]) => [
    id,
    kept(value, inputOf(id).name, names)
  ]);
  return {
    values,
    // Without it, the name is not taken for what nobody has touched.
    first: Object.fromEntries(first),
    parked: Object.fromEntries(parked),
    text
  };
}

/** What is filled in as it may be kept: its body as a text too, where its values would lose something. */
export function keepableFilled({ values, text }: IFilled, names: SecretNames = NONE): IFilled {
  const { body } = values;
  const written = text ?? (isLossy(body) ? jsonText(body) : null);
  const plain = keepable(values, names);
  return {
    values: typeof body === 'string' ? { ...plain, body: keepableText(body, names) ?? '' } : plain,
    text: written === null ? null : keepableText(written, names)
  };
}

/** Whether what has that name is a secret, by the name or by the schemas. */
function isOurs(name: string, names: SecretNames): boolean {
  return isSecret(name) || names.has(name);
}

/** `secret` is the name of the innermost secret around a value, empty where there is none. */
function kept(value: unknown, secret: string, names: SecretNames): unknown {
  const within = secret !== '' && isOurs(secret, names) ? secret : '';
  if (Array.isArray(value)) {
    return value.map(each => kept(each, within, names));
  }
  if (isTree(value)) {
    const parts = Object.entries(value).map(([name, each]) => [
      name,
      kept(each, isOurs(name, names) ? name : within, names)
    ]);
    return Object.fromEntries(parts);
  }
  return within && holds(within, value) ? `$${secretName(within)}` : value;
}

/** Whether a value can be the secret itself; how many tokens there may be is none. */
function holds(name: string, value: unknown): boolean {
  if (typeof value === 'string') {
    return value !== '' && !REFERENCE.test(value);
  }
  return (typeof value === 'number' || value instanceof Exact) && !/tokens$/.test(words(name));
}

/** Valid JSON with the values under such names replaced; by no recursion, for it may be deep. */
function masked(text: string, names: SecretNames): string {
  const tokens = [...text.matchAll(TOKENS)];
  let [result, end, depth] = ['', 0, 0];
  // The innermost last.
  const secrets: { readonly name: string; readonly depth: number }[] = [];
  tokens.forEach(({ 0: token, index }, at) => {
    const isKey = tokens[at + 1]?.[0] === ':';
    if (token === '{' || token === '[') {
      depth += 1;
      return;
    }
    if (token === '}' || token === ']') {
      depth -= 1;
    }
    const isOver = (each: { readonly depth: number }): boolean =>
      each.depth > depth || (token === ',' && each.depth === depth);
    const left = secrets.filter(each => !isOver(each));
    secrets.length = left.length;
    const secret = secrets[secrets.length - 1];
    if (isKey) {
      const name = JSON.parse(token) as string;
      if (isOurs(name, names)) {
        secrets.push({ name, depth });
      }
    } else if (secret && !/^[}\],:]$/.test(token) && holds(secret.name, JSON.parse(token))) {
      result += text.slice(end, index) + JSON.stringify(`$${secretName(secret.name)}`);
      end = index + token.length;
    }
  });
  return result + text.slice(end);
}

function decoded(raw: string): string {
  try {
    return decodeURIComponent(raw.replace(/\+/g, ' '));
  } catch {
    return raw;
  }
}

/** `accessToken`, `Access-Token` and `access token` are one name. */
function words(name: string): string {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .replace(/[^\p{L}\d]+/gu, '_')
    .toLowerCase();
}
