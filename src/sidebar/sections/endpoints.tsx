/**
 * The lists of what is declared: one row for each endpoint, WebSocket or schedule.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../commandids';
import { isUp, type IRow, type NotebookState, type Reason, type StatusKind } from '../../model';
import {
  Badge,
  Button,
  Glyph,
  ICONS,
  List,
  statusText,
  reasonText,
  statusKindText,
  useStats,
  type IViewContext
} from '../../view';

/** States that are told above, once for all of them: a row has a shape only where it is another. */
const ORDINARY: ReadonlySet<StatusKind> = new Set([
  'live',
  'not-served',
  'starting',
  'stopped',
  'lost'
]);
/** Reasons of a row that stand nowhere else. */
const OWN: ReadonlySet<Reason['kind']> = new Set(['told', 'resume', 'removed']);

/** The rows of one kind. */
export function EndpointList(props: {
  readonly label: string;
  readonly rows: readonly IRow[];
  readonly state: NotebookState;
  readonly view: IViewContext;
}): JSX.Element {
  const { label, rows, state, view } = props;
  const failed = view.model.callsOf(state)?.unseen ?? [];
  return (
    <List label={label}>
      {rows.map(row => (
        <EndpointItem
          key={row.endpoint.key}
          row={row}
          state={state}
          failed={failed.filter(each => each.key === row.endpoint.key).length}
          view={view}
        />
      ))}
    </List>
  );
}

function EndpointItem(props: {
  readonly row: IRow;
  readonly state: NotebookState;
  /** How many failures nobody has looked at. */
  readonly failed: number;
  readonly view: IViewContext;
}): JSX.Element {
  const { row, state, failed, view } = props;
  const { commands, kinds, trans } = view;
  const { endpoint, status } = row;
  const { path, served } = state.snapshot;
  const stats = useStats(state, endpoint.key);
  const isServed = isUp(served);
  const kind = kinds.of(endpoint);
  const given = { row, stats, path, isServed, where: 'panel', view } as const;
  const { reason } = status;
  const told = statusText(status, trans);
  const printed = stats?.last_output.trim().split('\n').pop() ?? '';
  const name = kinds.text(endpoint);
  const open = (): void =>
    void invoke(commands, CommandIDs.tryEndpoint, { key: endpoint.key, path });
  const reveal = (): void =>
    void invoke(commands, CommandIDs.reveal, { cellId: endpoint.cell_id, path });
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === ' ') {
      event.preventDefault();
      reveal();
    }
  };
  return (
    <li className="nl-Item" data-failed={failed > 0 ? true : undefined}>
      <button
        type="button"
        className="nl-Item-main"
        title={[
          ORDINARY.has(status.kind) ? '' : told,
          trans.__('%1: open in the preview; Space goes to cell %2', name, endpoint.cell),
          printed && trans.__('Last printed: %1', printed)
        ]
          .filter(Boolean)
          .join('\n')}
        onClick={open}
        onKeyDown={onKeyDown}
      >
        <span className="nl-Item-glyph">
          {ORDINARY.has(status.kind) ? null : <Glyph kind={status.kind} />}
        </span>
        <Badge endpoint={endpoint} />
        <span className="nl-Item-subject">{kind.subject(endpoint)}</span>
        <span className="nl-Item-stats">
          <kind.Usage {...given} />
        </span>
        <span className="nl-visuallyHidden">{statusKindText(status.kind, trans)}</span>
        {failed > 0 ? (
          <span className="nl-Item-second nl-Item-failed">
            {trans._n('1 failure, see Calls', '%1 failures, see Calls', failed)}
          </span>
        ) : null}
        <span className="nl-Item-second">
          <kind.Summary {...given} />
        </span>
        {OWN.has(reason.kind) ? (
          <span className="nl-Item-second" data-word={status.kind}>
            {reasonText(reason, trans, 0, endpoint.cell)}
          </span>
        ) : null}
      </button>
      <span className="nl-Item-actions">
        <Button
          look="quiet"
          icon={ICONS.cell}
          aria-label={trans.__('Go to the cell of %1', name)}
          title={trans.__('Go to cell %1', endpoint.cell)}
          onClick={reveal}
        />
        <kind.Actions {...given} />
      </span>
    </li>
  );
}
