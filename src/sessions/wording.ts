/**
 * Sessions in words.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { SessionAnswer } from '../protocol';

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** What it does. */
export function sessionStateText({ state }: SessionAnswer, trans: TranslationBundle): string {
  switch (state) {
    case 'starting':
      return trans.__('Starting');
    case 'idle':
      return trans.__('Idle');
    case 'busy':
      return trans.__('Busy');
    case 'restarting':
      return trans.__('Restarting');
    case 'ended':
      return trans.__('Ended');
  }
}

/** How long there has been one. */
export function ageText(createdS: number, nowMs: number, trans: TranslationBundle): string {
  const age = Math.max(0, nowMs / 1000 - createdS);
  if (age < MINUTE_S) {
    return trans.__('under 1 min');
  }
  if (age < HOUR_S) {
    return trans.__('%1 min', Math.floor(age / MINUTE_S));
  }
  return age < DAY_S
    ? trans.__('%1 h', Math.floor(age / HOUR_S))
    : trans._n('1 day', '%1 days', Math.floor(age / DAY_S));
}

/** What it uses, and what it may; empty where nobody can say. */
export function memoryText({ memory_mb, limits }: SessionAnswer, trans: TranslationBundle): string {
  if (memory_mb === null) {
    return '';
  }
  const most = Number(limits.memory_mb);
  const used = Math.round(memory_mb);
  return most > 0 ? trans.__('%1 of %2 MB', used, most) : trans.__('%1 MB', used);
}

/** Which limits hold for it. */
export function limitsText(session: SessionAnswer, trans: TranslationBundle): string {
  const names = Object.keys(session.active_limits).sort();
  const limits = names.map(name => limitText(name, Number(session.limits[name]), trans));
  return limits.length > 0
    ? trans.__('Limits: %1', limits.join(', '))
    : trans.__('No limits hold for its kernel.');
}

/** Everything at once, for a tooltip. */
export function sessionText(
  session: SessionAnswer,
  nowMs: number,
  trans: TranslationBundle
): string {
  const { name, owner, kernel_name, isolation, created } = session;
  const memory = memoryText(session, trans);
  return [
    name,
    owner && trans.__('Owner: %1', owner),
    trans.__('%1, for %2', sessionStateText(session, trans), ageText(created, nowMs, trans)),
    memory && trans.__('Memory: %1', memory),
    trans.__('Kernel: %1, isolation: %2', kernel_name, isolation),
    limitsText(session, trans)
  ]
    .filter(Boolean)
    .join('\n');
}

function limitText(name: string, value: number, trans: TranslationBundle): string {
  switch (name) {
    case 'memory_mb':
      return trans.__('%1 MB of memory', value);
    case 'cpu_s':
      return trans.__('%1 s of CPU time', value);
    case 'processes':
      return trans.__('%1 processes', value);
    case 'open_files':
      return trans.__('%1 open files', value);
    case 'file_mb':
      return trans.__('%1 MB for a file', value);
    case 'folder_mb':
      return trans.__('%1 MB for its folder', value);
    default:
      return `${name} ${value}`;
  }
}
