/**
 * What the user asks of an export, and the part of it that a notebook can keep.
 */
import type { JSONObject, PartialJSONObject } from '@lumino/coreutils';
import type { ExportOptions, PlannedCell } from '../../protocol';

/** The options as they stand in the pane; what is empty the server works out. */
export type Draft = Required<ExportOptions>;

/** Why a draft cannot be sent. */
export type Flaw = 'port' | 'python';

/** How the tick of a cell stands. */
export interface ITick {
  readonly isOn: boolean;
  /** False where it is not the user's to change. */
  readonly isFree: boolean;
}

export const EMPTY_DRAFT: Draft = {
  folder: '',
  python: '',
  port: 8000,
  only_needed: false,
  excluded: [],
  files: [],
  packages: [],
  check: false
};

const LAST_PORT = 65535;
const PYTHON = /^3\.\d+$/;

/** What is wrong with a draft, before anyone is asked. */
export function flaws(draft: Draft): readonly Flaw[] {
  const { port, python } = draft;
  const isPort = Number.isInteger(port) && port > 0 && port <= LAST_PORT;
  const isPython = python === '' || PYTHON.test(python);
  return [...(isPort ? [] : ['port' as const]), ...(isPython ? [] : ['python' as const])];
}

/** The options that a notebook's `neutrino_lab` metadata keeps; what cannot be read is left out. */
export function keptOptions(metadata: unknown): Partial<Draft> {
  const kept = asObject(asObject(metadata).export);
  return {
    python: typeof kept.python === 'string' ? kept.python : EMPTY_DRAFT.python,
    port: typeof kept.port === 'number' ? kept.port : EMPTY_DRAFT.port,
    files: texts(kept.files),
    packages: texts(kept.packages),
    excluded: texts(kept.excluded),
    only_needed: kept.only_needed === true
  };
}

/** The `neutrino_lab` metadata with these options in it; keys that we do not know stay. */
export function withOptions(metadata: unknown, draft: Draft): JSONObject {
  const known = asObject(metadata);
  const others = { ...asObject(known.export) };
  delete others.python;
  delete others.port;
  const kept = {
    ...others,
    ...(draft.python === EMPTY_DRAFT.python ? {} : { python: draft.python }),
    ...(draft.port === EMPTY_DRAFT.port ? {} : { port: draft.port }),
    files: [...draft.files],
    packages: [...draft.packages],
    excluded: [...draft.excluded],
    only_needed: draft.only_needed
  };
  return { ...known, export: kept } as JSONObject;
}

/** Whether the notebook keeps just what the draft says. */
export function areKept(metadata: unknown, draft: Draft): boolean {
  const kept = keptOptions(metadata);
  return JSON.stringify({ ...draft, ...kept }) === JSON.stringify(draft);
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

function asObject(value: unknown): PartialJSONObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as PartialJSONObject)
    : {};
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(each => typeof each === 'string') : [];
}
