/**
 * What is told of an export out of sight: one notice that changes, and what it leads to.
 */
import { CallFailed } from '../../api';
import type { Check, Export, Progress } from '../../protocol';
import type { Job } from './job';

/** What one can do from a notice. */
export type NoticeAction = 'cancel' | 'open' | 'copy' | 'log' | 'show';

/** How an export stands, in a form that only lacks the words. */
export type Notice =
  | { readonly kind: 'running'; readonly progress: Progress | null }
  | { readonly kind: 'cancelling' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly failure: Error; readonly log: string }
  | { readonly kind: 'written'; readonly result: Export; readonly log: string };

export function notice(job: Job<Export>): Notice {
  const { state, result, failure } = job;
  if (result) {
    return { kind: 'written', result, log: result.check?.log ?? '' };
  }
  if (failure) {
    return { kind: 'failed', failure, log: failedCheck(failure)?.log ?? '' };
  }
  if (state === 'cancelled' || state === 'cancelling') {
    return { kind: state };
  }
  return { kind: 'running', progress: job.progress };
}

/** What to offer beside a notice. */
export function actions(told: Notice): readonly NoticeAction[] {
  switch (told.kind) {
    case 'running':
      return ['cancel'];
    case 'cancelling':
    case 'cancelled':
      return [];
    case 'failed':
      return told.log ? ['show', 'log'] : ['show'];
    case 'written':
      return told.log ? ['open', 'copy', 'log'] : ['open', 'copy'];
  }
}

/** Whether all went well, or something is to be looked at. */
export function isClean({ check, edited, diagnostics }: Export): boolean {
  return (
    check?.ok !== false &&
    edited.length === 0 &&
    diagnostics.every(each => each.severity === 'note')
  );
}

/** From 0 to 1; null where nobody knows. */
export function fraction({ done, total }: Progress): number | null {
  return total > 0 ? Math.min(done / total, 1) : null;
}

/** The check that kept an export from being written. */
export function failedCheck(failure: Error | null): Check | null {
  const check = failure instanceof CallFailed ? failure.problem.context.check : undefined;
  return (check as Check | undefined) ?? null;
}
