/**
 * Named examples in the notebook's own metadata, by cell: read with suspicion, written so that
 * whatever else is there stays.
 */
import type { INotebookModel } from '@jupyterlab/notebook';
import type { Endpoint } from '../../protocol';
import { withoutSecrets } from './secrets';
import { asTree, put, type IValues } from './values';

/** The metadata key of everything of ours in a notebook. */
export const METADATA = 'neutrino_lab';
const VERSION = 1;

/** A request worth keeping, or a message with how to connect; an export can replay it. */
export interface IExample {
  readonly name: string;
  /** The key of the endpoint. */
  readonly endpoint: string;
  readonly values: IValues;
}

/** The examples of a notebook, read and written where they are kept. */
export class Examples {
  constructor(private readonly _document: Pick<INotebookModel, 'getMetadata' | 'setMetadata'>) {}

  of({ cell_id, key }: Endpoint): readonly IExample[] {
    return examplesOf(this._document.getMetadata(METADATA), cell_id, key);
  }

  save({ cell_id, key }: Endpoint, name: string, values: IValues): void {
    const example = { name, endpoint: key, values };
    this._write(withExample(this._document.getMetadata(METADATA), cell_id, example));
  }

  delete({ cell_id, key }: Endpoint, name: string): void {
    const example = { name, endpoint: key };
    this._write(withoutExample(this._document.getMetadata(METADATA), cell_id, example));
  }

  private _write(metadata: object): void {
    this._document.setMetadata(METADATA, metadata);
  }
}

/** The examples of an endpoint, in the order in which they were saved. */
export function examplesOf(metadata: unknown, cellId: string, key: string): readonly IExample[] {
  const kept = asTree(asTree(metadata).examples)[cellId];
  return (Array.isArray(kept) ? kept : []).flatMap(each => {
    const { name, endpoint, values } = asTree(each);
    return typeof name === 'string' && endpoint === key
      ? [{ name, endpoint: key, values: asValues(values) }]
      : [];
  });
}

/** The metadata with an example, in the place of one of the same name. */
export function withExample(metadata: unknown, cellId: string, example: IExample): object {
  const values = withoutSecrets(example.values);
  // In JSON there is no undefined.
  const saved = { ...example, values: { ...values, body: values.body ?? {} } };
  return changed(metadata, cellId, listed => {
    const at = listed.findIndex(each => isOf(each, example));
    return at < 0 ? [...listed, saved] : listed.map((each, i) => (i === at ? saved : each));
  });
}

/** The metadata without an example; without any, also without the place for them. */
export function withoutExample(
  metadata: unknown,
  cellId: string,
  example: Pick<IExample, 'name' | 'endpoint'>
): object {
  return changed(metadata, cellId, listed => listed.filter(each => !isOf(each, example)));
}

function changed(
  metadata: unknown,
  cellId: string,
  change: (listed: readonly unknown[]) => readonly unknown[]
): object {
  const whole = asTree(metadata);
  const examples = asTree(whole.examples);
  const kept = examples[cellId];
  const next = change(Array.isArray(kept) ? kept : []);
  const all = put(examples, cellId, next.length > 0 ? next : undefined);
  const isEmpty = Object.keys(all).length === 0;
  return put({ version: VERSION, ...whole }, 'examples', isEmpty ? undefined : all);
}

function isOf(found: unknown, example: Pick<IExample, 'name' | 'endpoint'>): boolean {
  const { name, endpoint } = asTree(found);
  return name === example.name && endpoint === example.endpoint;
}

/** Values that someone may have written by hand. */
export function asValues(found: unknown): IValues {
  const { path, query, headers, body } = asTree(found);
  return { path: asTree(path), query: asTree(query), headers: asTree(headers), body };
}
