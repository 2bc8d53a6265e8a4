/**
 * What must not be kept: the values of headers that hold a secret, told by their names.
 */
import type { IValues } from './values';

const SECRET =
  /authorization|cookie|password|secret|token|credential|session|api[-_]?key|access[-_]?key|private[-_]?key|(^|[-_])auth([-_]|$)|(^|[-_])key$/i;

/** Whether a header, by its name, holds a secret. */
export function isSecret(name: string): boolean {
  return SECRET.test(name);
}

/** The environment variable that stands for it: `X-Api-Key` is `X_API_KEY`. */
export function secretName(name: string): string {
  const made = name.toUpperCase().replace(/[^A-Z0-9]+/g, '_');
  return /^\d/.test(made) ? `_${made}` : made;
}

/** The values with a name in the place of every secret. */
export function withoutSecrets(values: IValues): IValues {
  const shown = Object.entries(values.headers).map(([name, value]) => [
    name,
    isSecret(name) && value !== '' ? `$${secretName(name)}` : value
  ]);
  const query = Object.entries(values.query).map(([name, value]) => [
    name,
    isSecret(name) && value !== '' ? `$${secretName(name)}` : value
  ]);
  return { ...values, headers: Object.fromEntries(shown), query: Object.fromEntries(query) };
}
