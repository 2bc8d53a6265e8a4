/**
 * Inputs, notebooks and answers to begin from, and a source of JSON values that is the same on every run.
 */
import { Signal } from '@lumino/signaling';
import type { Endpoint, Input } from '../../../protocol';
import type { ISnapshot, NotebookState } from '../..';
import { endpoint, served } from '../../__tests__/samples';
import { fieldsOf } from '../schema';

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

/** A served notebook of these endpoints, as a preview sees it. */
export function servedState<E extends Endpoint>(...endpoints: readonly E[]) {
  const status = { kind: 'live', reason: { kind: 'none' } } as const;
  const rows = endpoints.map(each => ({
    place: each.cell_id,
    isDeclared: true,
    endpoint: each,
    status,
    diagnostics: []
  }));
  const snapshot: unknown = { rows, isAnalysed: true, path: 'a.ipynb', served: served() };
  return {
    changed: new Signal<object, void>({}),
    statsChanged: new Signal<object, void>({}),
    placeOf: ({ cell_id }: Endpoint) => cell_id,
    stats: () => null,
    snapshot: snapshot as ISnapshot,
    analysis: { analysis: null, changed: new Signal<object, void>({}) }
  };
}

/** The same, for what asks for a whole one. */
export const asState = (state: ReturnType<typeof servedState>) => state as unknown as NotebookState;

/** A document that keeps the metadata which it is given. */
export function fakeDocument() {
  const metadata = new Map<string, unknown>();
  return {
    metadata,
    getMetadata: (key: string) => metadata.get(key),
    setMetadata: (key: string, value: unknown) => void metadata.set(key, value)
  };
}

export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, each => each.charCodeAt(0));
}

/** An answer in pieces, as jsdom's missing `Response` would have it. */
export function answer(status: number, media: string, ...pieces: readonly Uint8Array[]): Response {
  const left = [...pieces];
  const read = async () => {
    const value = left.shift();
    return { done: value === undefined, value };
  };
  const headers = new Map([['content-type', media]]);
  const body = { getReader: () => ({ read }) };
  return { ok: status < 400, status, statusText: 'OK', headers, body } as unknown as Response;
}

/** jsdom has no decoder. */
export function defineTextDecoder(): void {
  Object.defineProperty(globalThis, 'TextDecoder', {
    value: class {
      decode(chunk: Uint8Array = new Uint8Array()): string {
        return Buffer.from(chunk).toString('latin1');
      }
    }
  });
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
