/**
 * The row of a schedule: when it runs, and the buttons of its clock.
 */
import { runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs, invoke } from '../../commandids';
import type { ScheduleEndpoint } from '../../protocol';
import { Button, momentText, pauseIcon, untilText, useNow, type IRowProps } from '../../view';
import { nextText, scheduleText } from './wording';

type Props = IRowProps<ScheduleEndpoint>;

/** How long until the next run; the lens says that in words. */
export function Countdown({ stats, where, view }: Props): JSX.Element | null {
  const isShown = where === 'panel' && Boolean(stats?.next);
  const now = useNow(isShown);
  return isShown ? <>{untilText(stats?.next ?? '', now, view.trans)}</> : null;
}

/** When it runs as a rule and does next, and what became of the last run. */
export function Timing({ row, stats, where, view }: Props): JSX.Element {
  const { endpoint } = row;
  const { trans } = view;
  const isLens = where === 'lens';
  const now = useNow(isLens && Boolean(stats?.next));
  if (!isLens) {
    const when = nextText(row, stats, trans, view.locale);
    return <>{scheduleText(endpoint, stats, when, trans)}</>;
  }
  const next = stats?.next || endpoint.next[0] || '';
  const until = stats?.next ? untilText(stats.next, now, trans) : '';
  return (
    <span
      title={next && trans.__('Next run: %1', momentText(next, endpoint.timezone, view.locale))}
    >
      {scheduleText(endpoint, stats, until, trans)}
    </span>
  );
}

/** Run it now; pause its clock, or let it go on. */
export function Clockwork(props: Props): JSX.Element | null {
  const { row, path, isServed, where, view } = props;
  const { commands, kinds, trans } = view;
  const isIcon = where === 'panel';
  if (!isServed && !isIcon) {
    return null;
  }
  const name = kinds.text(row.endpoint);
  const { isPaused } = row;
  const pause = isPaused ? trans.__('Resume') : trans.__('Pause');
  const common = {
    look: 'quiet',
    disabledReason: isServed ? '' : trans.__('Serve the notebook first')
  } as const;
  const at = { key: row.endpoint.key, path };
  return (
    <>
      <Button
        {...common}
        icon={isIcon ? runIcon : undefined}
        aria-label={isIcon ? trans.__('Run %1 now', name) : undefined}
        title={trans.__('Run now')}
        onClick={() => void invoke(commands, CommandIDs.runSchedule, at)}
      >
        {isIcon ? null : trans.__('Run now')}
      </Button>
      <Button
        {...common}
        icon={isIcon ? pauseIcon : undefined}
        aria-label={
          isIcon ? (isPaused ? trans.__('Resume %1', name) : trans.__('Pause %1', name)) : undefined
        }
        title={pause}
        onClick={() => void invoke(commands, CommandIDs.pauseSchedule, at)}
      >
        {isIcon ? null : pause}
      </Button>
    </>
  );
}
