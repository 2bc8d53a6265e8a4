/**
 * The preview of a schedule: when it runs, and what became of that.
 */
import { Token } from '@lumino/coreutils';
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commandids';
import { JournalFeed, isUp } from '../../../model';
import { zoneName, type ZoneChoice } from '../model';
import type { ScheduleEndpoint } from '../../../protocol';
import { Button, ServeButton, useSignals, useStats, type IPreviewProps } from '../../../view';
import { Coming } from './coming';
import { Runs } from './runs';

/** The journals of the schedules that were shown, which outlive this view. */
const JOURNALS = new Token<JournalFeed>('neutrino-lab:schedules');

/** The schedule that is shown. */
export function TimelineView(props: IPreviewProps<ScheduleEndpoint>): JSX.Element {
  const { row, view, state, session } = props;
  const { commands, trans } = view;
  const { endpoint } = row;
  const { key } = endpoint;
  const make = (): JournalFeed => new JournalFeed({ state, api: view.model.api, key });
  const feed = session.part(JOURNALS, make, key);
  const [choice, setChoice] = React.useState<ZoneChoice>('schedule');
  useSignals(feed.changed);
  React.useEffect(() => {
    const watched = feed.watch();
    return () => watched.dispose();
  }, [feed]);
  const { served, path, status } = state.snapshot;
  const stats = useStats(state, key);
  const isServed = isUp(served);
  const args = { key, path };
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
            <ServeButton look="primary" path={path} view={view} />
          )}
        </div>
      )}
      <Coming
        key={key}
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
