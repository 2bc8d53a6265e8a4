/**
 * Where a cell that a model drafted comes from: in its metadata, with the hash of what a person
 * accepted. An edit of a person makes the cell theirs.
 */
import type { ICellModel } from '@jupyterlab/cells';
import { METADATA } from './document';
import { asTree } from './preview/values';

const GENERATED = 'generated';

type Metadata = Pick<ICellModel, 'getMetadata' | 'setMetadata' | 'deleteMetadata'>;

/** The hash that was accepted; empty where no model drafted the cell. */
export function acceptedHash(cell: Metadata): string {
  const { hash } = asTree(asTree(cell.getMetadata(METADATA))[GENERATED]);
  return typeof hash === 'string' ? hash : '';
}

/**
 * Put a text that was accepted into a cell with what is kept of where it comes from, as one step of
 * its history. What else stands in its metadata stays.
 */
export function adopt(
  cell: ICellModel,
  source: string,
  metadata: Readonly<Record<string, unknown>>
): void {
  const { sharedModel } = cell;
  sharedModel.transact(() => {
    takeOver(cell);
    sharedModel.setSource(source);
    for (const [name, value] of Object.entries(metadata)) {
      cell.setMetadata(name, { ...asTree(cell.getMetadata(name)), ...asTree(value) });
    }
  });
}

/** Take a cell as one's own; what else stands in its metadata stays. */
export function takeOver(cell: Metadata): void {
  const { [GENERATED]: generated, ...left } = asTree(cell.getMetadata(METADATA));
  if (generated === undefined) {
    return;
  }
  if (Object.keys(left).length > 0) {
    cell.setMetadata(METADATA, left);
  } else {
    cell.deleteMetadata(METADATA);
  }
}
