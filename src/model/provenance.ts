/**
 * Where a cell that a model drafted comes from: in its metadata, with the hash of what a person
 * accepted. An edit of a person makes the cell theirs.
 */
import type { ICellModel } from '@jupyterlab/cells';

const KEY = 'neutrino_lab';
const GENERATED = 'generated';

type Metadata = Pick<ICellModel, 'getMetadata' | 'setMetadata' | 'deleteMetadata'>;

/** The hash that was accepted; empty where no model drafted the cell. */
export function acceptedHash(cell: Metadata): string {
  const told = asObject(asObject(cell.getMetadata(KEY))?.[GENERATED]);
  return typeof told?.['hash'] === 'string' ? told['hash'] : '';
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
      cell.setMetadata(name, { ...asObject(cell.getMetadata(name)), ...asObject(value) });
    }
  });
}

/** Take a cell as one's own; what else stands in its metadata stays. */
export function takeOver(cell: Metadata): void {
  const ours = asObject(cell.getMetadata(KEY));
  if (!ours || !(GENERATED in ours)) {
    return;
  }
  const left = Object.entries(ours).filter(([name]) => name !== GENERATED);
  if (left.length > 0) {
    cell.setMetadata(KEY, Object.fromEntries(left));
  } else {
    cell.deleteMetadata(KEY);
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : null;
}
