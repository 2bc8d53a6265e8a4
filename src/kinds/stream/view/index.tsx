/**
 * The preview of a stream: what goes in and comes out, how it fares, and what one can do to it.
 */
import { Token } from '@lumino/coreutils';
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commandids';
import { isUp } from '../../../model';
import type { StreamEndpoint } from '../../../protocol';
import { Button, ServeButton, useSignals, type IPreviewProps } from '../../../view';
import { ConsoleView } from '../../websocket/view';
import { StreamFeed } from '../model';
import { Chart } from './chart';
import { Errors } from './errors';
import { Params } from './params';
import { Replay } from './replay';
import { Versions } from './versions';
import { drawnText, statsText, flowText, statusText } from './wording';

type Props = IPreviewProps<StreamEndpoint>;

/** What is known of the streams that were looked at, which outlives this view. */
const FEEDS = new Token<StreamFeed>('neutrino-lab:streams');

/** The stream that is shown, and below it the console of who subscribes. */
export function StreamView(props: Props): JSX.Element {
  const { row, view, state } = props;
  const { endpoint } = row;
  const { commands, trans } = view;
  useSignals(state.changed);
  const { served, path } = state.snapshot;
  const isServed = isUp(served);
  return (
    <>
      <p className="nl-Preview-note">
        {trans.__('From %1, through %2', endpoint.source, endpoint.operator)}{' '}
        <Button
          title={trans.__('Have another operator drafted from words')}
          onClick={() => void invoke(commands, CommandIDs.generate, { key: endpoint.key, path })}
        >
          {trans.__('Generate…')}
        </Button>
      </p>
      {isServed ? (
        <Watched key={endpoint.key} {...props} />
      ) : endpoint.emit.includes('ws') ? null : (
        <p className="nl-Preview-note">
          <ServeButton look="primary" data-nl-first path={path} view={view} />
        </p>
      )}
      {endpoint.emit.includes('ws') ? (
        <ConsoleView {...props} />
      ) : (
        <p className="nl-Preview-note">
          {endpoint.path
            ? trans.__('This stream is not sent over WebSockets: its emit leaves them out.')
            : endpoint.emit.length > 0
              ? trans.__('This stream has no path: its values go to %1.', endpoint.emit.join(', '))
              : trans.__('This stream has no path: only other streams get its values.')}
        </p>
      )}
    </>
  );
}

function Watched({ session, state, row, view }: Props): JSX.Element {
  const { trans } = view;
  const { key } = row.endpoint;
  const make = (): StreamFeed => new StreamFeed({ state, api: view.model.api, key });
  const feed = session.part(FEEDS, make, key);
  useSignals(feed.changed);
  React.useEffect(() => {
    feed.watch(true);
    return () => feed.watch(false);
  }, [feed]);
  const { report, series, failure } = feed;
  if (!report || !series) {
    return <p className="nl-Preview-note">{failure || trans.__('Asking the stream…')}</p>;
  }
  const isPaused = report.status === 'paused';
  const idle = report.flows.length === 0 ? trans.__('Nothing has subscribed to it yet') : '';
  return (
    <div className="nl-Stream">
      <div className="nl-Stream-row">
        <strong>{statusText(report, trans)}</strong>
        <code>{report.op}</code>
        {report.flows.length > 1 ? (
          <select
            aria-label={trans.__('Flow')}
            className="jp-mod-styled"
            value={flowText(report.parameters)}
            onChange={({ target }) => {
              feed.flow = report.flows.find(each => flowText(each) === target.value) ?? null;
            }}
          >
            {report.flows.map(each => (
              <option key={flowText(each)}>{flowText(each)}</option>
            ))}
          </select>
        ) : null}
        <Button
          disabledReason={idle}
          onClick={() => void feed.act({ action: isPaused ? 'resume' : 'pause' })}
        >
          {isPaused ? trans.__('Resume') : trans.__('Pause')}
        </Button>
      </div>
      {report.reason ? <p className="nl-mod-error">{report.reason}</p> : null}
      {failure ? (
        <p className="nl-mod-error" role="alert">
          {failure}
        </p>
      ) : null}
      {report.run ? <p className="nl-Hint">{trans.__('Sandboxed, %1', report.run)}</p> : null}
      <Chart series={series} trans={trans} />
      <p className="nl-Hint">
        <span className="nl-Stream-key" data-line="in" /> {trans.__('in')}{' '}
        <span className="nl-Stream-key" data-line="out" /> {trans.__('out')}{' '}
        {drawnText(series, trans)}
      </p>
      <p className="nl-Stream-stats">{statsText(report, trans)}</p>
      <Errors errors={report.errors} view={view} state={state} />
      <Params feed={feed} params={report.params} trans={trans} />
      <Versions feed={feed} versions={report.versions} view={view} />
      <Replay feed={feed} disabledReason={idle} trans={trans} />
    </div>
  );
}
