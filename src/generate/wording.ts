/**
 * What is said of a draft.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { DraftCandidate, DraftRow } from '../protocol';
import type { Drafting } from './drafting';
import type { IFailure, IStep } from './state';

/** What a draft is at, in one line. */
export function stepText(step: IStep, trans: TranslationBundle): string {
  const { kind, round, model, host, level, builtin, failure, message } = step;
  switch (kind) {
    case 'drafting':
      return trans.__('Round %1: %2 at %3 writes a draft', round, model, host);
    case 'checking':
      return trans.__('Round %1: the draft is checked without running it', round);
    case 'trying':
      return builtin
        ? trans.__('The built-in operator %1 is tried', builtin)
        : trans.__('Round %1: the draft is tried in its sandbox (%2)', round, level);
    case 'drafted':
      return failure
        ? trans.__('Round %1 fails (%2): %3', round, checkText(failure, trans), message)
        : trans.__('Round %1 passes all checks', round);
  }
}

/** What a check looks at. */
export function checkText(name: string, trans: TranslationBundle): string {
  switch (name) {
    case 'answer':
      return trans.__('code in the answer');
    case 'python':
      return trans.__('valid Python');
    case 'size':
      return trans.__('length');
    case 'name':
      return trans.__('name of the function');
    case 'signature':
      return trans.__('parameters');
    case 'imports':
      return trans.__('imports');
    case 'calls':
      return trans.__('calls');
    case 'statements':
      return trans.__('one function, at the end');
    case 'declaration':
      return trans.__('declaration');
    case 'values':
      return trans.__('recent values');
    case 'state':
      return trans.__('state is JSON');
    case 'edges':
      return trans.__('null, missing and extreme values');
    case 'examples':
      return trans.__('the model’s own examples');
    case 'repeatable':
      return trans.__('the same result each time');
    case 'growth':
      return trans.__('state stays small');
    case 'speed':
      return trans.__('speed');
    default:
      return name;
  }
}

/** Where a value of the trial comes from. */
export function rowKindText({ kind }: DraftRow, trans: TranslationBundle): string {
  switch (kind) {
    case 'recent':
      return trans.__('recent');
    case 'request':
      return trans.__('example request');
    case 'made':
      return trans.__('made up');
    case 'edge':
      return trans.__('edge case');
    case 'example':
      return trans.__('example');
  }
}

/** How the trial was kept apart; empty for a built-in operator. */
export function sandboxText(
  { sandbox }: Pick<DraftCandidate, 'sandbox'>,
  trans: TranslationBundle
): string {
  switch (sandbox) {
    case '':
      return '';
    case 'bubblewrap':
      return trans.__(
        'Tried isolated by bubblewrap: no files but the system’s and Python’s, no network.'
      );
    case 'landlock':
      return trans.__(
        'Tried isolated by Landlock and seccomp: no files but the system’s and Python’s, no network.'
      );
    case 'limits':
      return trans.__(
        'Tried without isolation, within limits of memory alone: it could do what the server may.'
      );
  }
}

/** Where it runs once it is accepted; empty where that is as in the trial, or it is our own code. */
export function runsText(
  { sandbox, is_sandboxed: isSandboxed }: Pick<DraftCandidate, 'sandbox' | 'is_sandboxed'>,
  trans: TranslationBundle
): string {
  return sandbox && !isSandboxed
    ? trans.__(
        'Once accepted, it runs in the process of the service as your own code does, without a sandbox.'
      )
    : '';
}

/** Rounds, tokens and times. */
export function statsText(candidate: DraftCandidate, trans: TranslationBundle): string {
  const { model, host, rounds, values_count: values, median_us: median } = candidate;
  const { prompt_tokens: into, completion_tokens: out } = candidate;
  const asked = model
    ? [
        trans._n('1 round with %2 at %3', '%1 rounds with %2 at %3', rounds, model, host),
        trans.__('%1 tokens in, %2 out', into.toLocaleString(), out.toLocaleString())
      ]
    : [trans.__('no model was asked')];
  const tried = trans._n('tried on 1 value', 'tried on %1 values', values);
  const took = median > 0 ? [trans.__('%1 µs each', median.toLocaleString())] : [];
  return [...asked, tried, ...took].join(' · ');
}

/** Why something was not done; the server's words where it has some. */
export function failureText({ code, message }: IFailure, trans: TranslationBundle): string {
  switch (code) {
    case 'lost':
      return trans.__('The connection was lost. The draft may go on at the server.');
    case 'cell-changed':
      return trans.__('The cell has changed since it was drafted, so nothing was written.');
    case 'no-cell':
      return trans.__('The cell is gone, so nothing was written.');
    default:
      return message;
  }
}

/** Why a candidate cannot be written into its cell; empty where it can. */
export function writingDisabledReason(drafting: Drafting, trans: TranslationBundle): string {
  const { candidate, work } = drafting.state;
  if (work !== 'idle') {
    return trans.__('It is being written');
  }
  if (!candidate?.cell) {
    return trans.__('No code came of it');
  }
  if (!drafting.hasCell) {
    return trans.__('The cell is gone');
  }
  return drafting.isCurrent
    ? ''
    : trans.__('The cell has changed since it was drafted: try again for the cell as it is');
}

/** Why a candidate cannot be accepted; empty where it can. */
export function acceptDisabledReason(drafting: Drafting, trans: TranslationBundle): string {
  const reason = writingDisabledReason(drafting, trans);
  return !reason && drafting.state.candidate?.is_sound === false
    ? trans.__('It fails a check: try again with a remark, or edit it')
    : reason;
}
