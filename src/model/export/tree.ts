/**
 * The files of an export as folders and files, each with what happens to it.
 */
import type { PlannedFile } from '../../protocol';

/** What happens to a file. */
export type Change = PlannedFile['change'];

/** How many files there are of each change. */
export type Tally = Readonly<Record<Change, number>>;

/** A folder or a file. */
export interface IFileNode {
  readonly path: string;
  readonly name: string;
  /** From 1. */
  readonly level: number;
  /** Null for a folder. */
  readonly file: PlannedFile | null;
  readonly children: readonly IFileNode[];
  readonly tally: Tally;
}

/** A node in view, with its place among its siblings. */
export interface ITreeRow {
  readonly node: IFileNode;
  readonly position: number;
  readonly siblings: number;
  readonly parent: string | null;
}

const NONE: Tally = { new: 0, changed: 0, same: 0, removed: 0, kept: 0 };

/** Files by folder; folders come first, each sorted by name. */
export function fileTree(
  files: readonly PlannedFile[],
  prefix = '',
  level = 1
): readonly IFileNode[] {
  const own = files.filter(({ path }) => !path.slice(prefix.length).includes('/'));
  const below = new Map<string, PlannedFile[]>();
  for (const file of files) {
    const [name, rest] = split(file.path.slice(prefix.length));
    if (rest) {
      below.set(name, [...(below.get(name) ?? []), file]);
    }
  }
  const folders = [...below].map(([name, inside]) => ({
    path: `${prefix}${name}`,
    name,
    level,
    file: null,
    children: fileTree(inside, `${prefix}${name}/`, level + 1),
    tally: tally(inside)
  }));
  const leaves = own.map(file => ({
    path: file.path,
    name: file.path.slice(prefix.length),
    level,
    file,
    children: [],
    tally: tally([file])
  }));
  return [...folders.sort(byName), ...leaves.sort(byName)];
}

export function tally(files: readonly PlannedFile[]): Tally {
  const counts = { ...NONE };
  files.forEach(({ change }) => (counts[change] += 1));
  return counts;
}

/** The folders to show open at first: those that a look at the whole does not tell all about. */
export function tellingFolders(nodes: readonly IFileNode[]): readonly string[] {
  return nodes.flatMap(node =>
    node.file === null && isTelling(node.tally) ? [node.path, ...tellingFolders(node.children)] : []
  );
}

function isTelling(counts: Tally): boolean {
  const kinds = Object.values(counts).filter(Boolean).length;
  return kinds > 1 || counts.changed + counts.removed > 0;
}

/** The rows in view where these folders are open. */
export function treeRows(
  nodes: readonly IFileNode[],
  open: ReadonlySet<string>,
  parent: string | null = null
): readonly ITreeRow[] {
  return nodes.flatMap((node, index) => [
    { node, position: index + 1, siblings: nodes.length, parent },
    ...(open.has(node.path) ? treeRows(node.children, open, node.path) : [])
  ]);
}

function split(path: string): readonly [string, string] {
  const at = path.indexOf('/');
  return at < 0 ? [path, ''] : [path.slice(0, at), path.slice(at + 1)];
}

function byName(one: IFileNode, other: IFileNode): number {
  return one.name < other.name ? -1 : 1;
}
