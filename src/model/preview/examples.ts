/**
 * Named examples in the notebook's own metadata, by cell: read with suspicion, written so that
 * whatever else is there stays.
 */
import type { INotebookModel } from '@jupyterlab/notebook';
import type { Endpoint } from '../../protocol';
import { METADATA } from '../document';
import type { Tree } from './json';
import { keepableFilled, type SecretNames } from './secrets';
import { asTree, put, type IFilled, type IValues } from './values';

const VERSION = 1;

/** A request worth keeping, or a message with how to connect; an export can replay it. */
export interface IExample {
  readonly name: string;
  /** The key of the endpoint. */
  readonly endpoint: string;
  readonly values: IValues;
  /** What it expects of its answer: a `status`, or what a `path` `equals`. */
  readonly expect?: Tree;
  /** The body as it was written, where the values alone would not give the same. */
  readonly text?: string;
}

/** Whether a key is that of the endpoint that is meant. */
type KeyTest = (key: string) => boolean;

/** The examples of a notebook, read and written where they are kept. */
export class Examples {
  constructor(
    private readonly _document: Pick<INotebookModel, 'getMetadata' | 'setMetadata'>,
    /** Whether an endpoint is the one that a key of its cell stood for before an edit. */
    private readonly _isFormer: (endpoint: Endpoint, key: string) => boolean = () => false
  ) {}

  of(endpoint: Endpoint): readonly IExample[] {
    return examplesOf(this._metadata, endpoint.cell_id, this._keys(endpoint));
  }

  /** Keep what is filled in, secrets by name; `names` are those that only schemas call so. */
  save(endpoint: Endpoint, name: string, filled: IFilled, names?: SecretNames): void {
    const { cell_id, key } = endpoint;
    const { values, text } = filled;
    const example = { name, endpoint: key, values, ...asText(text) };
    this._metadata = withExample(this._metadata, cell_id, example, this._keys(endpoint), names);
  }

  /** Keep what one expects of its answer; null for nothing. */
  expect(endpoint: Endpoint, name: string, expected: Tree | null): void {
    const isKey = this._keys(endpoint);
    this._metadata = changed(this._metadata, endpoint.cell_id, listed =>
      listed.map(each =>
        isOf(each, name, isKey) ? put(asTree(each), 'expect', expected ?? undefined) : each
      )
    );
  }

  /** Delete one, and give what puts it back where it was. */
  delete(endpoint: Endpoint, name: string): () => void {
    const { cell_id } = endpoint;
    const isKey = this._keys(endpoint);
    const isMeant = (each: unknown): boolean => isOf(each, name, isKey);
    const listed = listedIn(this._metadata, cell_id);
    const at = listed.findIndex(isMeant);
    this._metadata = withoutExample(this._metadata, cell_id, name, isKey);
    return () => {
      if (at >= 0 && !listedIn(this._metadata, cell_id).some(isMeant)) {
        this._metadata = changed(this._metadata, cell_id, all => [
          ...all.slice(0, at),
          listed[at],
          ...all.slice(at)
        ]);
      }
    };
  }

  /** Tells the keys under which examples of an endpoint may have been saved. */
  private _keys(endpoint: Endpoint): KeyTest {
    return key => key === endpoint.key || this._isFormer(endpoint, key);
  }

  private get _metadata(): unknown {
    return this._document.getMetadata(METADATA);
  }

  private set _metadata(metadata: object) {
    this._document.setMetadata(METADATA, metadata);
  }
}

/** The examples of an endpoint, in the order in which they were saved. */
export function examplesOf(metadata: unknown, cellId: string, isKey: KeyTest): readonly IExample[] {
  return listedIn(metadata, cellId).flatMap(each => {
    const { name, endpoint, values, text, expect } = asTree(each);
    return typeof name === 'string' && typeof endpoint === 'string' && isKey(endpoint)
      ? [{ name, endpoint, values: asValues(values), ...asText(text), ...asExpect(expect) }]
      : [];
  });
}

/** The values of all that is saved for a cell, whichever of its endpoints they are for. */
export function savedValues(
  document: Pick<INotebookModel, 'getMetadata'>,
  cellId: string
): readonly IValues[] {
  const all = examplesOf(document.getMetadata(METADATA), cellId, () => true);
  return all.map(each => each.values);
}

/** The metadata with an example, in the place of one of the same name. */
export function withExample(
  metadata: unknown,
  cellId: string,
  example: IExample,
  isKey: KeyTest = key => key === example.endpoint,
  names?: SecretNames
): object {
  const { name, endpoint } = example;
  const { values, text } = keepableFilled({ text: null, ...example }, names);
  // In JSON there is no undefined, and no number that is exact.
  const body = JSON.parse(JSON.stringify(values.body ?? {})) as unknown;
  const saved = { name, endpoint, values: { ...values, body }, ...asText(text) };
  return changed(metadata, cellId, listed => {
    const at = listed.findIndex(each => isOf(each, example.name, isKey));
    // What it expects of its answer stays with it.
    const { expect } = asTree(listed[at]);
    const whole = expect === undefined ? saved : { ...saved, expect };
    return at < 0 ? [...listed, whole] : listed.map((each, i) => (i === at ? whole : each));
  });
}

/** The metadata without an example; without any, also without the place for them. */
export function withoutExample(
  metadata: unknown,
  cellId: string,
  name: string,
  isKey: KeyTest
): object {
  return changed(metadata, cellId, listed => listed.filter(each => !isOf(each, name, isKey)));
}

function listedIn(metadata: unknown, cellId: string): readonly unknown[] {
  const kept = asTree(asTree(metadata).examples)[cellId];
  return Array.isArray(kept) ? kept : [];
}

function changed(
  metadata: unknown,
  cellId: string,
  change: (listed: readonly unknown[]) => readonly unknown[]
): object {
  const whole = asTree(metadata);
  const examples = asTree(whole.examples);
  const next = change(listedIn(metadata, cellId));
  const all = put(examples, cellId, next.length > 0 ? next : undefined);
  const isEmpty = Object.keys(all).length === 0;
  return put({ version: VERSION, ...whole }, 'examples', isEmpty ? undefined : all);
}

function isOf(found: unknown, wanted: string, isKey: KeyTest): boolean {
  const { name, endpoint } = asTree(found);
  return name === wanted && typeof endpoint === 'string' && isKey(endpoint);
}

function asExpect(found: unknown): { readonly expect?: Tree } {
  return Object.keys(asTree(found)).length > 0 ? { expect: asTree(found) } : {};
}

function asText(found: unknown): { readonly text?: string } {
  return typeof found === 'string' ? { text: found } : {};
}

/** Values that someone may have written by hand. */
export function asValues(found: unknown): IValues {
  const { path, query, headers, body } = asTree(found);
  return { path: asTree(path), query: asTree(query), headers: asTree(headers), body };
}
