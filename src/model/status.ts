/**
 * In what state an endpoint is, and why: derived, never stored.
 */
import type { Analysis, Endpoint, Diagnostic, KernelNeed, RunningCell, Served } from '../protocol';

/** The words of the states; `wording.ts` says them in the user's language. */
export type StatusKind =
  | 'not-served'
  | 'starting'
  | 'live'
  | 'edited'
  | 'outdated'
  | 'serving-previous'
  | 'problem'
  | 'stopped'
  | 'paused'
  // The server that would know does not answer.
  | 'lost'
  // Of a live kernel alone.
  | 'ready'
  | 'not-run'
  | 'undefined'
  | 'busy'
  | 'no-kernel';

/** Why something is as it is. */
export type Reason =
  | { readonly kind: 'none' }
  | { readonly kind: 'told'; readonly text: string }
  | { readonly kind: 'diagnostic'; readonly diagnostic: Diagnostic }
  | { readonly kind: 'running-cell'; readonly running: RunningCell }
  | { readonly kind: 'restarting'; readonly text: string }
  | { readonly kind: 'save' }
  | { readonly kind: 'update'; readonly isSaved: boolean }
  | { readonly kind: 'resume' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'removed'; readonly isSaved: boolean }
  | { readonly kind: 'elsewhere'; readonly diagnostic: Diagnostic | null }
  /** A cell that is to be run, before its endpoint can be called or for its newest text. */
  | { readonly kind: 'run-first' | 'run-again'; readonly need: KernelNeed }
  /** The same name is another cell's function by now. */
  | { readonly kind: 'taken'; readonly need: KernelNeed; readonly holder: number }
  | { readonly kind: 'queue'; readonly count: number }
  | { readonly kind: 'kernel'; readonly status: string };

/** A state and its reason. */
export interface IStatus {
  readonly kind: StatusKind;
  readonly reason: Reason;
}

/** What is known of a notebook when its conditions are derived. */
export interface IEvidence {
  readonly analysis: Analysis | null;
  readonly served: Served | null;
  /** The cells that differ from the saved file. */
  readonly edited: ReadonlySet<string>;
  /** The keys of the schedules that do not fire. */
  readonly paused: ReadonlySet<string>;
  /** Whether the server does not answer: what was served may be anything by now. */
  readonly isLost?: boolean;
}

/** One endpoint to show. */
export interface IRow<E extends Endpoint = Endpoint> {
  /** What it is known by while its declaration is edited. */
  readonly place: string;
  /** Whether the document declares it; else only the served version still has it. */
  readonly isDeclared: boolean;
  readonly endpoint: E;
  readonly status: IStatus;
  /** Whether it is served and does not fire until it is resumed. */
  readonly isPaused: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

const NONE: Reason = { kind: 'none' };

/** The state of the notebook as a whole. */
export function notebookStatus(evidence: IEvidence): IStatus {
  const { served, edited } = evidence;
  if (evidence.isLost && isGoing(served)) {
    return { kind: 'lost', reason: { kind: 'lost' } };
  }
  switch (served?.state) {
    case 'starting':
      return { kind: 'starting', reason: startReason(served) };
    case 'restarting':
      return { kind: 'starting', reason: { kind: 'restarting', text: served.reason } };
    case 'live':
      return edited.size > 0
        ? { kind: 'edited', reason: saveReason(served) }
        : { kind: 'live', reason: NONE };
    case 'outdated':
      return { kind: 'outdated', reason: { kind: 'update', isSaved: true } };
    case 'problem-serving-previous':
      return { kind: 'serving-previous', reason: problemReason(served) };
    case 'problem-not-served':
      return { kind: 'problem', reason: problemReason(served) };
    case 'runtime-missing':
      return { kind: 'problem', reason: { kind: 'told', text: served.reason } };
    case 'stopped':
      return served.reason
        ? { kind: 'stopped', reason: { kind: 'told', text: served.reason } }
        : { kind: 'not-served', reason: NONE };
    default:
      return { kind: 'not-served', reason: NONE };
  }
}

/** Every endpoint of the document, and those that only the served version still has. */
export function rows(
  evidence: IEvidence,
  found = diagnostics(evidence),
  placeOf: (endpoint: Endpoint) => string = ({ cell_id }) => cell_id
): readonly IRow[] {
  const declared = evidence.analysis?.endpoints ?? [];
  const served = isUp(evidence.served) ? evidence.served.endpoints : [];
  const known = new Set(declared.map(each => each.key));
  const left = served.filter(each => !known.has(each.key));
  return [...declared, ...left]
    .map(endpoint => {
      const own = found.filter(each => each.cell_id === endpoint.cell_id);
      const isDeclared = known.has(endpoint.key);
      return {
        place: placeOf(endpoint),
        isDeclared,
        endpoint,
        isPaused: isUp(evidence.served) && evidence.paused.has(endpoint.key),
        status: endpointStatus(endpoint, isDeclared, evidence, own),
        diagnostics: own
      };
    })
    .sort((a, b) => a.endpoint.cell - b.endpoint.cell);
}

/** The diagnostics of the document, and those that only running it could show. */
export function diagnostics(evidence: IEvidence): readonly Diagnostic[] {
  const { analysis, served, edited } = evidence;
  const known = analysis?.diagnostics ?? [];
  const seen = new Set(known.map(signature));
  const told = served?.state === 'stopped' ? [] : (served?.diagnostics ?? []);
  const others = told.filter(each => !seen.has(signature(each)) && !edited.has(each.cell_id));
  return [...known, ...others].sort((a, b) => a.cell - b.cell || line(a) - line(b));
}

/** Whether an older or the newest version answers. */
export function isUp(served: Served | null | undefined): served is Served {
  return (
    served?.state === 'live' ||
    served?.state === 'outdated' ||
    served?.state === 'problem-serving-previous'
  );
}

/** Whether there is a worker, or one is coming up, so that Stop has something to stop. */
export function isGoing(served: Served | null | undefined): boolean {
  return served?.state === 'starting' || served?.state === 'restarting' || isUp(served);
}

/** A schedule that answers nothing while it rests; where something is wrong, that goes first. */
function endpointStatus(
  endpoint: Endpoint,
  isDeclared: boolean,
  evidence: IEvidence,
  own: readonly Diagnostic[]
): IStatus {
  if (evidence.isLost && isGoing(evidence.served)) {
    return { kind: 'lost', reason: { kind: 'lost' } };
  }
  const status = servedStatus(endpoint, isDeclared, evidence, own);
  return status.kind === 'live' && evidence.paused.has(endpoint.key)
    ? { kind: 'paused', reason: { kind: 'resume' } }
    : status;
}

function servedStatus(
  endpoint: Endpoint,
  isDeclared: boolean,
  evidence: IEvidence,
  own: readonly Diagnostic[]
): IStatus {
  const { served, edited } = evidence;
  const error = own.find(each => each.severity === 'error');
  if (!isUp(served)) {
    const whole = notebookStatus(evidence);
    return whole.kind === 'not-served' && error
      ? { kind: 'problem', reason: { kind: 'diagnostic', diagnostic: error } }
      : whole;
  }
  if (error) {
    return { kind: 'serving-previous', reason: { kind: 'diagnostic', diagnostic: error } };
  }
  const isEdited = edited.has(endpoint.cell_id);
  const isBehind = served.behind.includes(endpoint.cell_id);
  if (!isDeclared) {
    const isSaved = isBehind && !isEdited;
    return { kind: isSaved ? 'outdated' : 'edited', reason: { kind: 'removed', isSaved } };
  }
  if (isEdited) {
    return { kind: 'edited', reason: saveReason(served) };
  }
  const isServed = served.endpoints.some(each => each.key === endpoint.key);
  if (isServed && !isBehind) {
    return { kind: 'live', reason: NONE };
  }
  if (served.state === 'live') {
    return { kind: 'not-served', reason: NONE };
  }
  if (served.state === 'outdated') {
    return { kind: 'outdated', reason: { kind: 'update', isSaved: true } };
  }
  const blamed = served.diagnostics.find(each => each.severity === 'error') ?? null;
  return {
    kind: isServed ? 'serving-previous' : 'problem',
    reason: { kind: 'elsewhere', diagnostic: blamed }
  };
}

function saveReason(served: Served): Reason {
  return served.follows_saves ? { kind: 'save' } : { kind: 'update', isSaved: false };
}

function startReason(served: Served): Reason {
  if (served.running) {
    return { kind: 'running-cell', running: served.running };
  }
  return served.reason ? { kind: 'told', text: served.reason } : NONE;
}

function problemReason(served: Served): Reason {
  const diagnostic = served.diagnostics.find(each => each.severity === 'error');
  if (diagnostic) {
    return { kind: 'diagnostic', diagnostic };
  }
  return served.reason ? { kind: 'told', text: served.reason } : NONE;
}

function signature(diagnostic: Diagnostic): string {
  return `${diagnostic.code} ${diagnostic.cell_id} ${diagnostic.message}`;
}

function line(diagnostic: Diagnostic): number {
  return diagnostic.span?.line ?? 0;
}
