/**
 * Moments in the language of JupyterLab, which need not be that of the browser.
 */

/** A language as `Intl` knows it; undefined is that of the browser. */
export type Locale = string | undefined;

/** The language of JupyterLab's translator (`fr_FR`), as far as `Intl` knows it. */
export function localeOf(languageCode: string | undefined): Locale {
  try {
    return Intl.getCanonicalLocales(languageCode?.replace(/_/g, '-') ?? [])[0];
  } catch {
    return undefined;
  }
}

/** The time of day of a moment. */
export function clockText(momentMs: number, locale: Locale): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'medium', hourCycle: 'h23' }).format(
    momentMs
  );
}

/** The time of a moment and, unless it is today's, its date. */
export function visitText(momentMs: number, locale: Locale, nowMs = Date.now()): string {
  const isToday = new Date(momentMs).toDateString() === new Date(nowMs).toDateString();
  return isToday
    ? clockText(momentMs, locale)
    : new Intl.DateTimeFormat(locale, {
        dateStyle: 'short',
        timeStyle: 'short',
        hourCycle: 'h23'
      }).format(momentMs);
}

/** A moment with its zone; `more` adds to how exactly it is told. */
export function momentText(
  iso: string,
  timeZone: string,
  locale: Locale,
  more: Intl.DateTimeFormatOptions = {}
): string {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) {
    return '';
  }
  const options: Intl.DateTimeFormatOptions = {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZoneName: 'short',
    ...more
  };
  try {
    return new Intl.DateTimeFormat(locale, { ...options, timeZone }).format(moment);
  } catch {
    return new Intl.DateTimeFormat(locale, options).format(moment);
  }
}
