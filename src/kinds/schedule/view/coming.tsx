/**
 * The coming runs: drawn on a line that begins now, and listed.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { DAY_MS, MINUTE_MS, coming, line, stepOf, zoneName, type ZoneChoice } from '../model';
import type { ScheduleEndpoint } from '../../../protocol';
import { momentText, untilText, useNow, type IViewContext } from '../../../view';

const WIDTH = 480;
const HEIGHT = 34;
const MARGIN = 10;
const AXIS_Y = 14;

/** Times in the chosen zone, real or, before Serve, as they would be. */
export function Coming(props: {
  readonly endpoint: ScheduleEndpoint;
  /** The real next run; empty where nothing is armed. */
  readonly armed: string;
  readonly isPaused: boolean;
  readonly choice: ZoneChoice;
  readonly onChoose: (choice: ZoneChoice) => void;
  /** Called when nothing of what was told lies ahead any more. */
  readonly onStale: () => void;
  readonly view: IViewContext;
}): JSX.Element {
  const { endpoint, armed, isPaused, choice, onChoose, onStale, view } = props;
  const { trans } = view;
  const now = useNow(true);
  const zone = zoneName(choice, endpoint.timezone);
  const { times, isArmed } = coming(endpoint, armed, now);
  const isOver = times.length === 0 && endpoint.next.length > 0;
  React.useEffect(() => {
    if (isOver) {
      onStale();
    }
  }, [isOver]);
  const tell = (time: string): string => momentText(time, zone, view.locale, precision(endpoint));
  const title = isArmed
    ? trans.__('Next runs')
    : isPaused
      ? trans.__('Would run, were it not paused')
      : trans.__('Would run');
  return (
    <section className="nl-Coming" aria-label={title}>
      <div className="nl-Coming-head">
        <h3>{title}</h3>
        <label>
          {trans.__('Times in')}
          <select value={choice} onChange={event => onChoose(event.target.value as ZoneChoice)}>
            <option value="schedule">
              {trans.__('%1 (the schedule’s)', zoneName('schedule', endpoint.timezone))}
            </option>
            <option value="local">{trans.__('%1 (yours)', zoneName('local', ''))}</option>
            <option value="utc">{trans.__('UTC')}</option>
          </select>
        </label>
      </div>
      <Drawing times={times} now={now} isArmed={isArmed} tell={tell} trans={trans} />
      <ol className="nl-Coming-list">
        {times.map(time => (
          <li key={time}>
            <span>{tell(time)}</span>
            <span className="nl-Coming-until">{untilText(time, now, trans)}</span>
          </li>
        ))}
      </ol>
      {endpoint.next.length === 0 ? <p>{trans.__('It never runs.')}</p> : null}
      {endpoint.notes.map(note => (
        <p key={note} className="nl-Coming-note">
          {note}
        </p>
      ))}
    </section>
  );
}

/** Seconds for those that come every few minutes, a date for those that are days apart. */
function precision({ next, timing }: ScheduleEndpoint): Intl.DateTimeFormatOptions {
  const step = stepOf(next);
  const hasSeconds = next.some(each => !/T\d\d:\d\d:00/.test(each)) || timing.endsWith('s');
  return {
    ...(hasSeconds || (step > 0 && step < 5 * MINUTE_MS) ? { second: '2-digit' } : {}),
    ...(step >= DAY_MS ? { day: 'numeric', month: 'short' } : {})
  };
}

/** `now ──●──●──▶`, with the same in words for those who cannot see it. */
function Drawing(props: {
  readonly times: readonly string[];
  readonly now: number;
  readonly isArmed: boolean;
  readonly tell: (time: string) => string;
  readonly trans: TranslationBundle;
}): JSX.Element | null {
  const { times, now, isArmed, tell, trans } = props;
  if (times.length === 0) {
    return null;
  }
  const { spanMs, places } = line(times, now);
  const length = WIDTH - 2 * MARGIN;
  const span = spanText(spanMs, trans);
  const text = trans.__('From now to %1 from now: %2', span, times.map(tell).join('; '));
  return (
    <svg
      className={isArmed ? 'nl-Line' : 'nl-Line nl-mod-idle'}
      role="img"
      aria-label={text}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
    >
      <path d={`M${MARGIN} ${AXIS_Y}H${WIDTH - MARGIN}`} />
      <path d={`M${MARGIN} ${AXIS_Y - 5}v10`} />
      <path d={`M${WIDTH - MARGIN - 6} ${AXIS_Y - 4}l6 4-6 4`} />
      {places.map(place => (
        <circle key={place} cx={MARGIN + place * (length - 8)} cy={AXIS_Y} r={4.5} />
      ))}
      <text x={MARGIN} y={HEIGHT - 2}>
        {trans.__('now')}
      </text>
      <text x={WIDTH - MARGIN} y={HEIGHT - 2} textAnchor="end">
        {span}
      </text>
    </svg>
  );
}

function spanText(spanMs: number, trans: TranslationBundle): string {
  const minutes = spanMs / MINUTE_MS;
  if (minutes < 60) {
    return trans.__('%1 min', minutes);
  }
  const hours = minutes / 60;
  return hours <= 24 ? trans.__('%1 h', hours) : trans.__('%1 days', hours / 24);
}
