/**
 * What is known of the draft of one cell: plain data, and how it is read from the server's words.
 */
import { CallFailed, LineLost, type IServerEvent } from '../api';
import type { DraftCandidate, DraftPreview } from '../protocol';

/** One moment of a draft. */
export interface IDraftState {
  readonly words: string;
  readonly sharesValues: boolean;
  readonly remark: string;
  /** What is under way; `idle` waits for the person. */
  readonly work: 'idle' | 'looking' | 'drafting' | 'accepting';
  /** What would be sent of these words; null until it was asked for. */
  readonly preview: DraftPreview | null;
  /** A remark waits for a look at what would be sent. */
  readonly isAgain: boolean;
  /** What has happened in the draft that is under way, or was the last one. */
  readonly steps: readonly IStep[];
  readonly candidate: DraftCandidate | null;
  readonly failure: IFailure | null;
  /** What the person has said to the candidate. */
  readonly verdict: Verdict;
}

export type Verdict = '' | 'accepted' | 'edited';

/** One thing that a draft has told of itself. */
export interface IStep {
  readonly kind: 'drafting' | 'checking' | 'trying' | 'drafted';
  readonly round: number;
  /** Who drafts. */
  readonly model: string;
  readonly host: string;
  /** How the trial is kept apart, or which built-in operator is tried. */
  readonly level: string;
  readonly builtin: string;
  /** The check that fails, and how; empty where all went well. */
  readonly failure: string;
  readonly message: string;
}

/** Why something was not done. Of `cell-changed`, `no-cell` and `lost` the server says nothing. */
export interface IFailure {
  readonly code: string;
  readonly message: string;
}

export const NOTHING: IDraftState = {
  words: '',
  sharesValues: false,
  remark: '',
  work: 'idle',
  preview: null,
  isAgain: false,
  steps: [],
  candidate: null,
  failure: null,
  verdict: ''
};

/** Read an event that tells how far a draft is; null for one of another kind. */
export function stepOf({ kind, data }: IServerEvent): IStep | null {
  if (kind !== 'drafting' && kind !== 'checking' && kind !== 'trying' && kind !== 'drafted') {
    return null;
  }
  const text = (name: string): string => (typeof data[name] === 'string' ? data[name] : '');
  return {
    kind,
    round: Number(data.round) || 0,
    model: text('model'),
    host: text('host'),
    level: text('level'),
    builtin: text('builtin'),
    failure: text('failure'),
    message: text('message')
  };
}

/** Whether the server knows nothing of it: it was started again, or keeps newer ones. */
export function isGone(error: unknown): boolean {
  return error instanceof CallFailed && error.status === 404;
}

export function failureOf(error: unknown): IFailure {
  if (error instanceof LineLost) {
    return { code: 'lost', message: '' };
  }
  const code = error instanceof CallFailed ? error.problem.code : '';
  return { code, message: (error as Error).message };
}
