/**
 * What the user asks of an export, and the part of it that a notebook can keep.
 */
import type { JSONObject } from '@lumino/coreutils';
import type { ExportOptions, PlannedCell } from '../../protocol';
import type { IPreferences } from '../preferences';
import { asTree, isSame } from '../preview/values';

/** The options as they stand in the pane; what is empty the server works out. */
export type Draft = Required<ExportOptions>;

/** Why a draft cannot be sent. */
export type OptionError = 'port' | 'python';

/** How the tick of a cell stands. */
export interface ITick {
  readonly isOn: boolean;
  /** False where it is not the user's to change. */
  readonly isFree: boolean;
}

/** What a notebook keeps of it, by the names that the server knows them by in its metadata. */
type Kept = Omit<Draft, 'folder' | 'check'>;

const USUAL: Kept = {
  title: '',
  python: '',
  port: 8000,
  only_needed: false,
  replicas: false,
  engine: '',
  ray: [],
  excluded: [],
  files: [],
  max_file_mb: 100,
  packages: []
};

const KEPT = Object.keys(USUAL) as readonly (keyof Kept)[];

export const EMPTY_DRAFT: Draft = { folder: '', ...USUAL, check: false };

const LAST_PORT = 65535;
const PYTHON = /^3\.\d+$/;

/** What is wrong with a draft, before anyone is asked. */
export function optionErrors(draft: Draft): readonly OptionError[] {
  const { port, python } = draft;
  const isPort = Number.isInteger(port) && port > 0 && port <= LAST_PORT;
  const isPython = python === '' || PYTHON.test(python);
  return [...(isPort ? [] : ['port' as const]), ...(isPython ? [] : ['python' as const])];
}

/** The options that a notebook's `neutrino_lab` metadata keeps; what cannot be read is left out. */
export function keptOptions(metadata: unknown): Kept {
  const kept = asTree(asTree(metadata).export);
  const legible = KEPT.map(name => [name, asLike(USUAL[name], kept[name])]);
  return Object.fromEntries(legible) as Kept;
}

/** The draft to begin with: what the notebook keeps, and what the user's settings add to it. */
export function firstDraft(
  metadata: unknown,
  { exportFiles, exportPackages }: Pick<IPreferences, 'exportFiles' | 'exportPackages'>
): Draft {
  const kept = keptOptions(metadata);
  return {
    ...EMPTY_DRAFT,
    ...kept,
    files: together(kept.files, exportFiles),
    packages: together(kept.packages, exportPackages)
  };
}

/** The `neutrino_lab` metadata with these options in it, as far as they are not the usual ones; keys
 * that we do not know stay. */
export function withOptions(metadata: unknown, draft: Draft): JSONObject {
  const known = asTree(metadata);
  const others = Object.entries(asTree(known.export)).filter(
    ([name]) => !(KEPT as readonly string[]).includes(name)
  );
  const own = KEPT.filter(name => !isSame(draft[name], USUAL[name])).map(name => [
    name,
    draft[name]
  ]);
  return { ...known, export: Object.fromEntries([...others, ...own]) } as JSONObject;
}

/** Whether the notebook keeps just what the draft says. */
export function areKept(metadata: unknown, draft: Draft): boolean {
  return isSame({ ...draft, ...keptOptions(metadata) }, draft);
}

/** A draft with a cell in or out. */
export function withCell(draft: Draft, cellId: string, isIn: boolean): Draft {
  const others = draft.excluded.filter(each => each !== cellId);
  return { ...draft, excluded: isIn ? others : [...others, cellId] };
}

/** How the tick of a cell is to stand, ahead of the plan that will say so. */
export function tick(cell: PlannedCell, draft: Draft): ITick {
  if (cell.reason === 'skipped' || cell.reason === 'empty') {
    return { isOn: false, isFree: false };
  }
  if (draft.excluded.includes(cell.cell_id)) {
    return { isOn: false, isFree: true };
  }
  const isLeftOut = cell.reason === 'not-needed' && draft.only_needed;
  return { isOn: !isLeftOut, isFree: !isLeftOut };
}

/** A value of the kind of the usual one, which stands in for any other. */
function asLike(usual: unknown, value: unknown): unknown {
  if (Array.isArray(usual)) {
    return Array.isArray(value) ? value.filter(each => typeof each === 'string') : [];
  }
  return typeof value === typeof usual ? value : usual;
}

function together(some: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...some, ...more])];
}
