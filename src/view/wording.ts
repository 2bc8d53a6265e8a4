/**
 * States, reasons and stats in the user's words.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ExportSession, IStatus, Reason, StatusKind } from '../model';
import type { Diagnostic, EndpointStats, Fix, Run, Wording } from '../protocol';
import type { Locale } from './dates';

type ITitled = Pick<Fix, 'title' | 'title_wording'>;

/** The word of a state. */
export function statusKindText(word: StatusKind, trans: TranslationBundle): string {
  switch (word) {
    case 'not-served':
      return trans.__('Not served');
    case 'starting':
      return trans.__('Starting');
    case 'live':
      return trans.__('Live');
    case 'edited':
      return trans.__('Edited, not saved');
    case 'outdated':
      return trans.__('Saved, not live');
    case 'serving-previous':
      return trans.__('Problem – serving previous');
    case 'problem':
      return trans.__('Problem – not served');
    case 'stopped':
      return trans.__('Stopped');
    case 'paused':
      return trans.__('Paused');
    case 'lost':
      return trans.__('Server not reached');
    case 'ready':
      return trans.__('Ready');
    case 'not-run':
      return trans.__('Edited, not run');
    case 'undefined':
      return trans.__('Not run');
    case 'busy':
      return trans.__('Busy');
    case 'no-kernel':
      return trans.__('No answer');
  }
}

/** Why a kernel cannot be asked; empty where it can. */
export function kernelText(status: string, trans: TranslationBundle): string {
  switch (status) {
    case 'none':
      return trans.__('The notebook has no kernel. Choose one, or serve the notebook.');
    case 'not-python':
      return trans.__('The notebook’s kernel is not one of Python.');
    case 'dead':
    case 'terminating':
      return trans.__('The kernel has died. Restart it and run the cells again.');
    case 'restarting':
    case 'autorestarting':
      return trans.__('The kernel was restarted before it had answered. Run the cells again.');
    case 'starting':
    case 'unknown':
      return trans.__('The kernel is starting');
    default:
      return trans.__('The kernel did not answer. Look at its state, and send again.');
  }
}

/**
 * Why it is so; empty where there is nothing to say. `nowMs` is for what has been running; beside
 * a cell (`atCell`) that cell need not be named.
 */
export function reasonText(
  reason: Reason,
  trans: TranslationBundle,
  nowMs = 0,
  atCell = 0
): string {
  switch (reason.kind) {
    case 'none':
      return '';
    case 'told':
      return reason.text;
    case 'diagnostic':
      return reason.diagnostic.cell > 0 && reason.diagnostic.cell !== atCell
        ? trans.__(
            'Cell %1: %2',
            reason.diagnostic.cell,
            plain(messageText(reason.diagnostic, trans))
          )
        : plain(sentence(messageText(reason.diagnostic, trans)));
    case 'running-cell': {
      const seconds = Math.max(0, Math.floor(nowMs / 1000 - reason.running.since));
      return trans.__('Cell %1 has been running for %2 s', reason.running.cell, seconds);
    }
    case 'restarting':
      return reason.text || trans.__('The worker ended and is being started again');
    case 'save':
      return trans.__('Save to make it live');
    case 'update':
      return reason.isSaved
        ? trans.__('The version before the save answers until you make this one live')
        : trans.__('Saving alone does not make it live');
    case 'lost':
      return trans.__('The Jupyter server does not answer; whether this is served is not known');
    case 'resume':
      return trans.__('Its clock rests until you resume it');
    case 'removed':
      return reason.isSaved
        ? trans.__('Gone from this notebook; the version before the save still answers')
        : trans.__('Gone from this notebook; answers until you save');
    case 'run-first':
      return trans.__(
        'Run cell %1 first: “%2” is not defined in the kernel',
        reason.need.cell,
        reason.need.name
      );
    case 'run-again':
      return trans.__('Run cell %1: the kernel still has it as it was before', reason.need.cell);
    case 'taken':
      return trans.__(
        'Run cell %1 first: “%2” in the kernel is that of cell %3',
        reason.need.cell,
        reason.need.name,
        reason.holder
      );
    case 'queue':
      return reason.count > 0 ? trans.__('(queue %1)', reason.count) : '';
    case 'kernel':
      return kernelText(reason.status, trans);
    case 'elsewhere':
      return reason.diagnostic
        ? trans.__('Cell %1 has a problem; the last good version answers', reason.diagnostic.cell)
        : trans.__('Another cell has a problem; the last good version answers');
  }
}

/** What a finding says, in the reader's language. */
export function messageText(diagnostic: Diagnostic, trans: TranslationBundle): string {
  const { message, message_wording: wording } = diagnostic;
  return wording ? worded(wording, trans) : message;
}

/** What to do about a finding, in the reader's language; may be empty. */
export function hintText(diagnostic: Diagnostic, trans: TranslationBundle): string {
  const { hint, hint_wording: wording } = diagnostic;
  return wording ? worded(wording, trans) : hint;
}

/** What a fix does, in the reader's language. */
export function titleText(fix: ITitled, trans: TranslationBundle): string {
  return fix.title_wording ? worded(fix.title_wording, trans) : fix.title;
}

/** A text of the server: its template is translated, then its arguments are put in. */
function worded({ template, arguments: named }: Wording, trans: TranslationBundle): string {
  // The templates are collected from protocol/wording.ts.
  // eslint-disable-next-line jupyter/no-dynamic-translation
  const translated = trans.__(template);
  return translated.replace(/\{\{|\}\}|\{(\w+)\}/g, (found: string, name?: string) => {
    const value = name === undefined ? found.charAt(0) : named[name];
    return typeof value === 'object' ? worded(value, trans) : (value ?? found);
  });
}

/** A message of the server as a sentence; one that begins with code stays as it is. */
export function sentence(text: string): string {
  return text.replace(/^[a-z]/, letter => letter.toUpperCase());
}

/** A message of the server where code cannot be told by its letters. */
export function plain(text: string): string {
  return text.replace(/`/g, '');
}

/** What has to be set for there to be a model. */
export function modelSettingText(trans: TranslationBundle): string {
  return trans.__(
    'In the server’s environment, or in a file .env in its folder: NEUTRINO_LLM_MODEL, NEUTRINO_LLM_BASE_URL (any server that speaks OpenAI’s API, also on this machine) and, if it asks for one, NEUTRINO_LLM_API_KEY.'
  );
}

/** The button of an edit that fixes something. */
export function fixText(fix: ITitled, trans: TranslationBundle): string {
  return trans.__('Fix: %1', plain(titleText(fix, trans)));
}

/** State and reason in one line. */
export function statusText(status: IStatus, trans: TranslationBundle, nowMs?: number): string {
  const word = statusKindText(status.kind, trans);
  const reason = reasonText(status.reason, trans, nowMs);
  return reason ? trans.__('%1: %2', word, reason) : word;
}

/** A duration to read at a glance. */
export function millisecondsText(duration: number, trans: TranslationBundle): string {
  if (duration < 1) {
    return trans.__('<1 ms');
  }
  if (duration < 1000) {
    return trans.__('%1 ms', Math.round(duration));
  }
  const seconds = duration / 1000;
  return trans.__('%1 s', seconds < 10 ? seconds.toFixed(1) : Math.round(seconds));
}

/** Which fields of a result are not sent. */
export function undeclaredText(names: readonly string[], trans: TranslationBundle): string {
  return trans.__('Not declared in resp, and so not sent: %1', names.join(', '));
}

/** A size to read at a glance. */
export function bytesText(count: number, trans: TranslationBundle): string {
  if (count < 1024) {
    return trans.__('%1 B', count);
  }
  const kilobytes = count / 1024;
  return kilobytes < 1024
    ? trans.__('%1 kB', kilobytes < 10 ? kilobytes.toFixed(1) : Math.round(kilobytes))
    : trans.__('%1 MB', (kilobytes / 1024).toFixed(1));
}

/** What the sparkline shows, for those who cannot see it. */
export function callsText(stats: EndpointStats, trans: TranslationBundle): string {
  const latencies = stats.latencies_ms;
  const good = latencies.filter(each => each >= 0).sort((a, b) => a - b);
  const failed = latencies.length - good.length;
  const count = trans._n('last call', 'last %1 calls', latencies.length);
  const failures = trans._n('1 failed', '%1 failed', failed);
  if (good.length === 0) {
    return trans.__('%1: %2', count, failures);
  }
  const median = millisecondsText(good[Math.floor((good.length - 1) / 2)] ?? 0, trans);
  const slowest = millisecondsText(good[good.length - 1] ?? 0, trans);
  return trans.__('%1: median %2, slowest %3, %4', count, median, slowest, failures);
}

/** How long calls take as a rule, and how many there were; empty before the first. */
export function percentilesText(stats: EndpointStats, trans: TranslationBundle): string {
  if (stats.calls === 0 || stats.p95_ms === 0) {
    return '';
  }
  const [half, most] = [stats.p50_ms, stats.p95_ms].map(each => millisecondsText(each, trans));
  const calls = trans._n('1 call', '%1 calls', stats.calls);
  const errors = trans._n('1 error', '%1 errors', stats.errors);
  return trans.__('p50 %1, p95 %2, %3, %4', half, most, calls, errors);
}

/** Who is connected. */
export function clientsText(stats: EndpointStats, trans: TranslationBundle): string {
  const clients = trans._n('1 client', '%1 clients', stats.clients);
  if (stats.rooms === 0) {
    return clients;
  }
  return trans.__('%1, %2', clients, trans._n('1 room', '%1 rooms', stats.rooms));
}

/** When a schedule runs next, seen from now: `in 02:14:09`. */
export function untilText(iso: string, nowMs: number, trans: TranslationBundle): string {
  const left = Math.round((Date.parse(iso) - nowMs) / 1000);
  if (Number.isNaN(left)) {
    return '';
  }
  if (left <= 0) {
    return trans.__('now');
  }
  const days = Math.floor(left / 86400);
  if (days > 0) {
    return trans._n('in 1 day', 'in %1 days', days);
  }
  const parts = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  return trans.__('in %1', parts.map(part => String(part).padStart(2, '0')).join(':'));
}

/** How a run ended. */
export function outcomeText(outcome: Run['outcome'], trans: TranslationBundle): string {
  switch (outcome) {
    case 'ok':
      return trans.__('ok');
    case 'failed':
      return trans.__('failed');
    case 'skipped':
      return trans.__('skipped');
    case 'missed':
      return trans.__('missed');
  }
}

/** When the folder was written last, and what of the notebook has changed since. */
export function lastExportText(
  session: Pick<ExportSession, 'lastExport' | 'changesSince'>,
  trans: TranslationBundle,
  locale: Locale
): string {
  const { lastExport, changesSince } = session;
  if (!lastExport) {
    return '';
  }
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' });
  return changesSince === 0
    ? trans.__('Last export %1, nothing changed since', time.format(lastExport.at))
    : trans._n(
        'Last export %2, 1 change since',
        'Last export %2, %1 changes since',
        changesSince,
        time.format(lastExport.at)
      );
}
