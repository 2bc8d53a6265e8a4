/**
 * The lists of what is declared: one row for each endpoint, WebSocket or schedule.
 */
import { codeIcon, copyIcon, runIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs } from '../../commands/ids';
import { isUp, type IRow, type NotebookState } from '../../model';
import type { Endpoint, Figures } from '../../protocol';
import {
  Badge,
  Button,
  Calls,
  Clients,
  Glyph,
  conditionText,
  endpointText,
  lastRunText,
  momentText,
  pauseIcon,
  reasonText,
  subject,
  untilText,
  useNow,
  wordText,
  type IViewContext
} from '../../view';

/** The rows of one kind. */
export function EndpointList(props: {
  readonly rows: readonly IRow[];
  readonly state: NotebookState;
  readonly view: IViewContext;
}): JSX.Element {
  const { rows, state, view } = props;
  return (
    <ul className="nl-List" role="list">
      {rows.map(row => (
        <EndpointItem
          key={row.endpoint.key}
          row={row}
          figures={state.figures(row.endpoint.key)}
          path={state.snapshot.path}
          canCopy={isUp(state.snapshot.served)}
          view={view}
        />
      ))}
    </ul>
  );
}

function EndpointItem(props: {
  readonly row: IRow;
  /** The notebook's contents path. */
  readonly path: string;
  readonly figures: Figures | null;
  readonly canCopy: boolean;
  readonly view: IViewContext;
}): JSX.Element {
  const { row, path, figures, canCopy, view } = props;
  const { commands, trans } = view;
  const { endpoint, condition } = row;
  const now = useNow(endpoint.kind === 'schedule' && figures !== null);
  const isQuiet = condition.word === 'live' || condition.word === 'not-served';
  const printed = figures?.last_output.trim().split('\n').pop() ?? '';
  const name = endpointText(endpoint);
  const open = (): void =>
    void commands.execute(CommandIDs.tryEndpoint, { key: endpoint.key, path });
  const reveal = (): void => void commands.execute(CommandIDs.reveal, { cellId: endpoint.cell_id });
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === ' ') {
      event.preventDefault();
      reveal();
    }
  };
  return (
    <li className="nl-Item">
      <button
        type="button"
        className="nl-Item-main"
        title={[
          trans.__('%1: open in the preview; Space goes to cell %2', name, endpoint.cell),
          printed && trans.__('Last printed: %1', printed)
        ]
          .filter(Boolean)
          .join('\n')}
        onClick={open}
        onKeyDown={onKeyDown}
      >
        <Glyph word={condition.word} />
        <Badge endpoint={endpoint} />
        <span className="nl-Item-subject">{subject(endpoint)}</span>
        <span className="nl-Item-figures">
          {endpoint.kind === 'http' && figures ? <Calls figures={figures} trans={trans} /> : null}
          {endpoint.kind === 'websocket' && figures ? (
            <Clients figures={figures} trans={trans} />
          ) : null}
          {endpoint.kind === 'schedule' && figures?.next
            ? untilText(figures.next, now, trans)
            : null}
        </span>
        <span className="nl-visuallyHidden">{wordText(condition.word, trans)}</span>
        {endpoint.kind === 'schedule' ? (
          <span className="nl-Item-second">{scheduleText(endpoint, figures, view)}</span>
        ) : null}
        {isQuiet ? null : (
          <span className="nl-Item-second" data-word={condition.word}>
            {reasonText(condition.reason, trans, now, endpoint.cell) ||
              conditionText(condition, trans)}
          </span>
        )}
      </button>
      <span className="nl-Item-actions">
        <Button
          look="quiet"
          className="nl-mod-icon"
          aria-label={trans.__('Go to the cell of %1', name)}
          title={trans.__('Go to cell %1', endpoint.cell)}
          onClick={reveal}
        >
          <codeIcon.react tag="span" />
        </Button>
        {endpoint.kind === 'schedule' ? (
          <Clockwork row={row} path={path} isServed={canCopy} view={view} />
        ) : (
          <Button
            look="quiet"
            className="nl-mod-icon"
            aria-label={trans.__('Copy the URL of %1', name)}
            title={trans.__('Copy URL')}
            disabledReason={canCopy ? '' : trans.__('Serve the notebook first')}
            onClick={() => void commands.execute(CommandIDs.copyUrl, { key: endpoint.key })}
          >
            <copyIcon.react tag="span" />
          </Button>
        )}
      </span>
    </li>
  );
}

/** Run a schedule now; let its clock rest, or go on. */
function Clockwork(props: {
  readonly row: IRow;
  readonly path: string;
  readonly isServed: boolean;
  readonly view: IViewContext;
}): JSX.Element {
  const { row, path, isServed, view } = props;
  const { commands, trans } = view;
  const name = endpointText(row.endpoint);
  const args = { key: row.endpoint.key, path };
  const reason = isServed ? '' : trans.__('Serve the notebook first');
  const isPaused = row.condition.word === 'paused';
  return (
    <>
      <Button
        look="quiet"
        className="nl-mod-icon"
        aria-label={trans.__('Run %1 now', name)}
        title={trans.__('Run now')}
        disabledReason={reason}
        onClick={() => void commands.execute(CommandIDs.runSchedule, args)}
      >
        <runIcon.react tag="span" />
      </Button>
      <Button
        look="quiet"
        className="nl-mod-icon"
        aria-label={isPaused ? trans.__('Resume %1', name) : trans.__('Pause %1', name)}
        title={isPaused ? trans.__('Resume') : trans.__('Pause')}
        disabledReason={reason}
        onClick={() => void commands.execute(CommandIDs.pauseSchedule, args)}
      >
        <pauseIcon.react tag="span" />
      </Button>
    </>
  );
}

function scheduleText(endpoint: Endpoint, figures: Figures | null, view: IViewContext): string {
  // A short interval counts down beside its name already.
  const isCountedDown = endpoint.badge === 'EVERY' && Boolean(figures?.next);
  const next = isCountedDown || figures?.is_paused ? '' : figures?.next || endpoint.next[0] || '';
  const moment = next ? momentText(next, endpoint.timezone) : '';
  return [
    endpoint.words || endpoint.timing,
    moment ? view.trans.__('next %1', moment) : '',
    lastRunText(figures?.last_run ?? '', view.trans)
  ]
    .filter(Boolean)
    .join(' · ');
}
