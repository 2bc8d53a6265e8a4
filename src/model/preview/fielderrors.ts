/**
 * What a 422 says is wrong, by the field that it is about.
 */
import type { Endpoint } from '../../protocol';
import { jsonText } from './json';
import type { IField } from './schema';
import { asTree, type IValues } from './values';

/** A message, and the place inside of the request: `['body', 'values', '0']`. */
export interface IFieldError {
  readonly place: readonly string[];
  readonly message: string;
}

/** The field errors of an answer; none where it is no answer of FastAPI's kind. */
export function fieldErrorsOf(status: number, text: string): readonly IFieldError[] {
  if (status !== 422) {
    return [];
  }
  try {
    const { detail } = asTree(JSON.parse(text));
    return (Array.isArray(detail) ? detail : []).map(each => {
      const { loc, msg } = asTree(each);
      return { place: Array.isArray(loc) ? loc.map(String) : [], message: String(msg ?? '') };
    });
  } catch {
    return [];
  }
}

/** What each converter of a path takes; anything else names no endpoint. */
const CONVERTERS: Readonly<Record<string, RegExp>> = {
  str: /^[^/]+$/,
  int: /^\d+$/,
  float: /^\d+(\.\d+)?$/,
  uuid: /^[\da-f]{8}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{4}-?[\da-f]{12}$/i,
  path: /^/
};

/** A part of a path that no route takes, and the form that it ought to have. */
export interface IMisfit {
  readonly name: string;
  readonly converter: string;
}

/** The parts of a path because of which nothing is found there. */
export function misfits({ path }: Pick<Endpoint, 'path'>, values: IValues): readonly IMisfit[] {
  return [...path.matchAll(/\{(\w+)(?::(\w+))?\}/g)].flatMap(([, name = '', converter = 'str']) => {
    const value = values.path[name];
    const text = typeof value === 'string' ? value : jsonText(value ?? '');
    return (CONVERTERS[converter] ?? /^/).test(value === undefined ? '' : text)
      ? []
      : [{ name, converter }];
  });
}

/** Those about a field or a part of it, with the places inside of the field. */
export function fieldErrorsAbout(
  { input }: Pick<IField, 'input'>,
  fieldErrors: readonly IFieldError[]
): readonly IFieldError[] {
  const place = input.place === 'form' || input.place === 'file' ? 'body' : input.place;
  const start = input.name === '' ? [place] : [place, input.name];
  return within(fieldErrors, start, place === 'header');
}

/** Those inside of a place, told from there. */
export function within(
  fieldErrors: readonly IFieldError[],
  start: readonly string[],
  ignoreCase = false
): readonly IFieldError[] {
  const fold = (text: string | undefined): string | undefined =>
    ignoreCase ? text?.toLowerCase() : text;
  return fieldErrors
    .filter(({ place }) => start.every((name, i) => fold(place[i]) === fold(name)))
    .map(({ place, message }) => ({ place: place.slice(start.length), message }));
}

/** A field error in one line, with its place where that is further inside. */
export function fieldErrorText({ place, message }: IFieldError): string {
  const inside = place.map(each => (/^\d+$/.test(each) ? `[${each}]` : `.${each}`)).join('');
  return inside ? `${inside.replace(/^\./, '')}: ${message}` : message;
}
