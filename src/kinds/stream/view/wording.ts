/**
 * What is said of a stream.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { EndpointStats, StreamReport } from '../../../protocol';
import { millisecondsText } from '../../../view';
import { notDrawn, type ISeries } from '../model';

const SHOWN = 24;

/** The state of a flow in a word. */
export function statusText({ status }: StreamReport, trans: TranslationBundle): string {
  switch (status) {
    case 'idle':
      return trans.__('Waits for a subscriber');
    case 'starting':
      return trans.__('Starting');
    case 'live':
      return trans.__('Live');
    case 'paused':
      return trans.__('Paused');
    case 'failed':
      return trans.__('Its source failed');
    case 'ended':
      return trans.__('Ended');
    case 'closed':
      return trans.__('Closed');
  }
}

/** One flow of several: the values of the path's parameters. */
export function flowText(parameters: Readonly<Record<string, unknown>>): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${String(value)}`)
    .join(', ');
}

/** How it fares, in numbers. */
export function statsText(report: StreamReport, trans: TranslationBundle): string {
  const count = (value: number): string => value.toLocaleString();
  return [
    trans.__('%1 in', count(report.received)),
    trans.__('%1 out', count(report.emitted)),
    trans.__('lag %1', millisecondsText(report.lag_s * 1000, trans)),
    trans.__('%1 waiting', count(report.waiting)),
    trans.__('%1 dropped', count(report.dropped)),
    trans.__('%1 failed', count(report.failed)),
    trans._n('%1 subscriber', '%1 subscribers', report.subscribers)
  ].join(' · ');
}

/** What the chart leaves out. */
export function drawnText(series: ISeries, trans: TranslationBundle): string {
  const { into, out } = series;
  const left = notDrawn(series);
  const total = into.total + out.total;
  return left === 0
    ? trans.__('All %1 values are drawn.', total.toLocaleString())
    : trans.__(
        '%1 of %2 values are drawn, %3 are not: they came too fast, or are no numbers.',
        (total - left).toLocaleString(),
        total.toLocaleString(),
        left.toLocaleString()
      );
}

/** The newest value, short enough for a row. */
export function newestText({ newest }: EndpointStats): string {
  return newest.length <= SHOWN ? newest : `${newest.slice(0, SHOWN)}…`;
}

/** How many values a second. */
export function rateText({ rate }: EndpointStats, trans: TranslationBundle): string {
  return trans.__('%1/s', rate.toLocaleString(undefined, { maximumFractionDigits: 1 }));
}
