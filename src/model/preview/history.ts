/**
 * What is kept of calls over a reload: what was sent, secrets by name, and how it went. The answers
 * are not.
 */
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { asValues } from './examples';
import type { Exchange, IOutcome } from './exchange';
import { keepableFilled, type SecretNames } from './secrets';
import { asTree, type IFilled } from './values';

/** More calls than this are kept of no endpoint. */
export const MOST_KEPT = 20;

/** A call of an earlier visit. */
export interface IKeptCall {
  readonly asked: IFilled;
  readonly outcome: IOutcome;
}

/** What may be kept of the newest of some calls. */
export function keepableCalls(
  calls: readonly Exchange[],
  names?: SecretNames
): readonly ReadonlyPartialJSONObject[] {
  return calls
    .filter(each => each.isOver)
    .slice(0, MOST_KEPT)
    .map(each => {
      const { values, text } = keepableFilled(each.asked, names);
      const { startedMs, status, statusText, durationMs, size, target } = each;
      const kept = { values, text, startedMs, status, statusText, durationMs, size, target };
      return JSON.parse(JSON.stringify(kept)) as ReadonlyPartialJSONObject;
    });
}

/** Read what was kept, whatever somebody may have made of it. */
export function readCalls(found: unknown): readonly IKeptCall[] {
  return (Array.isArray(found) ? found : []).slice(0, MOST_KEPT).map(each => {
    const { values, text, statusText, target, ...numbers } = asTree(each);
    const number = (name: string): number => Number(numbers[name]) || 0;
    return {
      asked: { values: asValues(values), text: typeof text === 'string' ? text : null },
      outcome: {
        startedMs: number('startedMs'),
        status: number('status'),
        statusText: typeof statusText === 'string' ? statusText : '',
        durationMs: number('durationMs'),
        size: number('size'),
        target: target === 'kernel' ? 'kernel' : 'worker'
      }
    };
  });
}
