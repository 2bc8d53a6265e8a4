/**
 * The preview of a schedule: when it runs, and what became of that.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commandids';
import { isUp } from '../../../model';
import { journalOf, zoneName, type ZoneChoice } from '../model';
import type { ScheduleEndpoint } from '../../../protocol';
import { Button, useSignals, useStats, type IPreviewProps } from '../../../view';
import { Coming } from './coming';
import { Runs } from './runs';

/** The schedule that is shown. */
export function TimelineView(props: IPreviewProps<ScheduleEndpoint>): JSX.Element {
  const { row, view, state } = props;
  const { commands, trans } = view;
  const { endpoint } = row;
  const feed = journalOf(endpoint.key, props.session, state, view.model.api);
  const [choice, setChoice] = React.useState<ZoneChoice>('schedule');
  useSignals(feed.changed);
  React.useEffect(() => {
    const watched = feed.watch();
    return () => watched.dispose();
  }, [feed]);
  const { served, path, status } = state.snapshot;
  const stats = useStats(state, endpoint.key);
  const isServed = isUp(served);
  const args = { key: endpoint.key, path };
  const reason = isServed ? '' : trans.__('Serve the notebook first');
  const { isPaused } = row;
  return (
    <div className="nl-Timeline">
      <div className="nl-Timeline-head">
        <div className="nl-Timeline-words">
          <strong>{endpoint.words || endpoint.timing}</strong>
          {endpoint.words ? <code>{endpoint.timing}</code> : null}
        </div>
        <Button
          look={reason ? 'plain' : 'primary'}
          data-nl-first
          disabledReason={reason}
          onClick={() => void invoke(commands, CommandIDs.runSchedule, args)}
        >
          {trans.__('Run now')}
        </Button>
        <Button
          disabledReason={reason}
          onClick={() => void invoke(commands, CommandIDs.pauseSchedule, args)}
        >
          {isPaused ? trans.__('Resume') : trans.__('Pause')}
        </Button>
      </div>
      {isServed ? null : (
        <div className="nl-Unserved">
          <span>
            {status.kind === 'starting'
              ? trans.__('The notebook is being started; its schedules are armed then.')
              : trans.__('Nothing is armed: schedules run only while the notebook is served.')}
          </span>
          {status.kind === 'starting' ? null : (
            <Button
              look="primary"
              onClick={() => void invoke(commands, CommandIDs.serve, { path })}
            >
              {trans.__('Serve notebook')}
            </Button>
          )}
        </div>
      )}
      <Coming
        key={endpoint.key}
        endpoint={endpoint}
        armed={isServed && !isPaused ? (stats?.next ?? '') : ''}
        isPaused={isPaused}
        choice={choice}
        onChoose={setChoice}
        onStale={() => void state.analysis.retry()}
        view={view}
      />
      <Runs {...props} feed={feed} zone={zoneName(choice, endpoint.timezone)} />
    </div>
  );
}
