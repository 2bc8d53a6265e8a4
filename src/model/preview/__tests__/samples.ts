/**
 * Inputs to begin from, and a source of JSON values that is the same on every run.
 */
import type { Input } from '../../../protocol';
import { fieldsOf } from '../schema';
import { endpoint } from '../../__tests__/samples';

export function input(changes: Partial<Input> = {}): Input {
  return {
    name: 'name',
    place: 'query',
    type: 'str',
    required: true,
    default: null,
    json_schema: { type: 'string' },
    ...changes
  };
}

export function fields(...inputs: readonly Partial<Input>[]) {
  return fieldsOf(endpoint({ inputs: inputs.map(input) }), null);
}

/** Texts that something in between has a meaning for. */
export const AWKWARD = [
  '',
  ' ',
  "it's",
  'say "hi"',
  'a & b; c | d',
  'two\nlines',
  'tab\there',
  '$HOME `id` $(id) ${x}',
  'back\\slash \\n \\',
  '100 %s %20 %PATH%',
  'Grüße, 東京 🚀',
  '@file',
  '{"a": 1}',
  '5',
  'null',
  'true',
  "'",
  '#x=y?z'
];

/** JSON values one after the other, shallow and deep, awkward and plain. */
export function jsonValues(count: number): readonly unknown[] {
  let seed = 20260131;
  const next = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * below);
  };
  const text = (): string => AWKWARD[next(AWKWARD.length)] ?? '';
  const make = (depth: number): unknown => {
    switch (next(depth > 2 ? 6 : 8)) {
      case 0:
        return null;
      case 1:
        return next(2) === 0;
      case 2:
        return next(2000) - 1000;
      case 3:
        return (next(2000) - 1000) / 8;
      case 4:
        return [1e21, 9007199254740994, -1e-7, 0, 9007199254740991][next(5)];
      case 5:
        return text();
      case 6:
        return Array.from({ length: next(4) }, () => make(depth + 1));
      default:
        return Object.fromEntries(
          Array.from({ length: next(4) }, (_, i) => [`${text()}${i}`, make(depth + 1)])
        );
    }
  };
  return Array.from({ length: count }, () => make(0));
}
