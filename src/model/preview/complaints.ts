/**
 * What a 422 says is wrong, by the field that it is about.
 */
import type { IField } from './schema';
import { asTree } from './values';

/** A message, and the place inside of the request: `['body', 'values', '0']`. */
export interface IComplaint {
  readonly place: readonly string[];
  readonly message: string;
}

/** The complaints of an answer; none where it is no answer of FastAPI's kind. */
export function complaintsOf(status: number, text: string): readonly IComplaint[] {
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

/** Those about a field or a part of it, with the places inside of the field. */
export function complaintsAbout(
  { input }: Pick<IField, 'input'>,
  complaints: readonly IComplaint[]
): readonly IComplaint[] {
  const place = input.place === 'form' || input.place === 'file' ? 'body' : input.place;
  const start = input.name === '' ? [place] : [place, input.name];
  return within(complaints, start, place === 'header');
}

/** Those inside of a place, told from there. */
export function within(
  complaints: readonly IComplaint[],
  start: readonly string[],
  ignoreCase = false
): readonly IComplaint[] {
  const fold = (text: string | undefined): string | undefined =>
    ignoreCase ? text?.toLowerCase() : text;
  return complaints
    .filter(({ place }) => start.every((name, i) => fold(place[i]) === fold(name)))
    .map(({ place, message }) => ({ place: place.slice(start.length), message }));
}

/** A complaint in one line, with its place where that is further inside. */
export function complaintText({ place, message }: IComplaint): string {
  const inside = place.map(each => (/^\d+$/.test(each) ? `[${each}]` : `.${each}`)).join('');
  return inside ? `${inside.replace(/^\./, '')}: ${message}` : message;
}
