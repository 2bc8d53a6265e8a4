/**
 * The keys of a tree.
 */
import type { ITreeRow } from '../model';

/** The row to go to, `press` for the one at hand, or null where the key is not for the tree. */
export type TreeMove = number | 'press' | null;

/** Where a key goes from a row among those in view. */
export function destination(
  key: string,
  rows: readonly ITreeRow[],
  from: number,
  open: ReadonlySet<string>
): TreeMove {
  const row = rows[from];
  if (!row) {
    return null;
  }
  const { node, parent } = row;
  const isFolder = node.file === null;
  const isOpen = open.has(node.path);
  switch (key) {
    case 'ArrowDown':
      return Math.min(from + 1, rows.length - 1);
    case 'ArrowUp':
      return Math.max(from - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return rows.length - 1;
    case 'Enter':
    case ' ':
      return 'press';
    case 'ArrowRight':
      return isFolder ? (isOpen ? from + 1 : 'press') : from;
    case 'ArrowLeft':
      if (isFolder && isOpen) {
        return 'press';
      }
      return parent === null ? from : rows.findIndex(each => each.node.path === parent);
    default:
      return null;
  }
}
