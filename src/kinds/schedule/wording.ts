/**
 * Schedules in the user's words.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { IRow } from '../../model';
import type { EndpointStats, ScheduleEndpoint } from '../../protocol';
import { momentText, type Locale } from '../../view';

/** How the newest run of a schedule ended. */
function lastRunText(outcome: EndpointStats['last_run'], trans: TranslationBundle): string {
  switch (outcome) {
    case '':
      return '';
    case 'ok':
      return trans.__('last run ok');
    case 'failed':
      return trans.__('last run failed');
    case 'skipped':
      return trans.__('last run skipped');
    case 'missed':
      return trans.__('last run missed');
  }
}

/** A schedule in words: when it runs as a rule, `when` it does next, what became of the last run. */
export function scheduleText(
  endpoint: ScheduleEndpoint,
  stats: EndpointStats | null,
  when: string,
  trans: TranslationBundle
): string {
  const parts = [
    endpoint.words || endpoint.timing,
    when,
    lastRunText(stats?.last_run ?? '', trans)
  ];
  return parts.filter(Boolean).join(' · ');
}

/** When it runs next; empty where nothing is told, and where it is counted down already. */
export function nextText(
  { endpoint, isPaused }: IRow<ScheduleEndpoint>,
  stats: EndpointStats | null,
  trans: TranslationBundle,
  locale: Locale
): string {
  const isCountedDown = endpoint.badge === 'EVERY' && Boolean(stats?.next);
  const next = isCountedDown || isPaused ? '' : stats?.next || endpoint.next[0] || '';
  const moment = next ? momentText(next, endpoint.timezone, locale) : '';
  return moment ? trans.__('next %1', moment) : '';
}
