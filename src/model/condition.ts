/**
 * In what state an endpoint is, and why: derived, never stored.
 */
import type { Analysis, Endpoint, Finding, KernelNeed, RunningCell, Served } from '../protocol';

/** The words of the states; `wording.ts` says them in the user's language. */
export type Word =
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
  | { readonly kind: 'finding'; readonly finding: Finding }
  | { readonly kind: 'running-cell'; readonly running: RunningCell }
  | { readonly kind: 'restarting'; readonly text: string }
  | { readonly kind: 'save' }
  | { readonly kind: 'update'; readonly isSaved: boolean }
  | { readonly kind: 'resume' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'removed'; readonly isSaved: boolean }
  | { readonly kind: 'elsewhere'; readonly finding: Finding | null }
  /** A cell that is to be run, before its endpoint can be called or for its newest text. */
  | { readonly kind: 'run-first' | 'run-again'; readonly need: KernelNeed }
  /** The same name is another cell's function by now. */
  | { readonly kind: 'taken'; readonly need: KernelNeed; readonly holder: number }
  | { readonly kind: 'queue'; readonly count: number }
  | { readonly kind: 'kernel'; readonly status: string };

/** A state and its reason. */
export interface ICondition {
  readonly word: Word;
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
  readonly condition: ICondition;
  readonly findings: readonly Finding[];
}

const NONE: Reason = { kind: 'none' };

/** The state of the notebook as a whole. */
export function notebookCondition(evidence: IEvidence): ICondition {
  const { served, edited } = evidence;
  if (evidence.isLost && isGoing(served)) {
    return { word: 'lost', reason: { kind: 'lost' } };
  }
  switch (served?.state) {
    case 'starting':
      return { word: 'starting', reason: startReason(served) };
    case 'restarting':
      return { word: 'starting', reason: { kind: 'restarting', text: served.reason } };
    case 'live':
      return edited.size > 0
        ? { word: 'edited', reason: saveReason(served) }
        : { word: 'live', reason: NONE };
    case 'outdated':
      return { word: 'outdated', reason: { kind: 'update', isSaved: true } };
    case 'problem-serving-previous':
      return { word: 'serving-previous', reason: problemReason(served) };
    case 'problem-not-served':
      return { word: 'problem', reason: problemReason(served) };
    case 'runtime-missing':
      return { word: 'problem', reason: { kind: 'told', text: served.reason } };
    case 'stopped':
      return served.reason
        ? { word: 'stopped', reason: { kind: 'told', text: served.reason } }
        : { word: 'not-served', reason: NONE };
    default:
      return { word: 'not-served', reason: NONE };
  }
}

/** Every endpoint of the document, and those that only the served version still has. */
export function rows(
  evidence: IEvidence,
  placeOf: (endpoint: Endpoint) => string = ({ cell_id }) => cell_id
): readonly IRow[] {
  const declared = evidence.analysis?.endpoints ?? [];
  const served = isUp(evidence.served) ? evidence.served.endpoints : [];
  const known = new Set(declared.map(each => each.key));
  const left = served.filter(each => !known.has(each.key));
  const found = findings(evidence);
  return [...declared, ...left]
    .map(endpoint => ({
      place: placeOf(endpoint),
      isDeclared: known.has(endpoint.key),
      endpoint,
      condition: endpointCondition(endpoint, known.has(endpoint.key), evidence),
      findings: found.filter(each => each.cell_id === endpoint.cell_id)
    }))
    .sort((a, b) => a.endpoint.cell - b.endpoint.cell);
}

/** The findings of the document, and those that only running it could show. */
export function findings(evidence: IEvidence): readonly Finding[] {
  const { analysis, served, edited } = evidence;
  const known = analysis?.findings ?? [];
  const seen = new Set(known.map(signature));
  const told = served?.state === 'stopped' ? [] : (served?.findings ?? []);
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
function endpointCondition(
  endpoint: Endpoint,
  isDeclared: boolean,
  evidence: IEvidence
): ICondition {
  if (evidence.isLost && isGoing(evidence.served)) {
    return { word: 'lost', reason: { kind: 'lost' } };
  }
  const condition = servedCondition(endpoint, isDeclared, evidence);
  return condition.word === 'live' && evidence.paused.has(endpoint.key)
    ? { word: 'paused', reason: { kind: 'resume' } }
    : condition;
}

function servedCondition(endpoint: Endpoint, isDeclared: boolean, evidence: IEvidence): ICondition {
  const { served, edited } = evidence;
  const error = findings(evidence).find(
    each => each.severity === 'error' && each.cell_id === endpoint.cell_id
  );
  if (!isUp(served)) {
    const whole = notebookCondition(evidence);
    return whole.word === 'not-served' && error
      ? { word: 'problem', reason: { kind: 'finding', finding: error } }
      : whole;
  }
  if (error) {
    return { word: 'serving-previous', reason: { kind: 'finding', finding: error } };
  }
  const isEdited = edited.has(endpoint.cell_id);
  const isBehind = served.behind.includes(endpoint.cell_id);
  if (!isDeclared) {
    const isSaved = isBehind && !isEdited;
    return { word: isSaved ? 'outdated' : 'edited', reason: { kind: 'removed', isSaved } };
  }
  if (isEdited) {
    return { word: 'edited', reason: saveReason(served) };
  }
  const isServed = served.endpoints.some(each => each.key === endpoint.key);
  if (isServed && !isBehind) {
    return { word: 'live', reason: NONE };
  }
  if (served.state === 'live') {
    return { word: 'not-served', reason: NONE };
  }
  if (served.state === 'outdated') {
    return { word: 'outdated', reason: { kind: 'update', isSaved: true } };
  }
  const blamed = served.findings.find(each => each.severity === 'error') ?? null;
  return {
    word: isServed ? 'serving-previous' : 'problem',
    reason: { kind: 'elsewhere', finding: blamed }
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
  const finding = served.findings.find(each => each.severity === 'error');
  if (finding) {
    return { kind: 'finding', finding };
  }
  return served.reason ? { kind: 'told', text: served.reason } : NONE;
}

function signature(finding: Finding): string {
  return `${finding.code} ${finding.cell_id} ${finding.message}`;
}

function line(finding: Finding): number {
  return finding.span?.line ?? 0;
}
