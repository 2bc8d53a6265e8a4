/**
 * The head of the pane: which endpoint is shown, how it is, and the way back to its cell.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { NotebookState, Reason } from '../model';
import type { PreviewSession } from '../model/preview';
import {
  Badge,
  Button,
  Glyph,
  reasonText,
  useNow,
  statusKindText,
  statusText,
  type IViewContext
} from '../view';

/** Reasons that leave the preview without an answer. What an edit does, its lens says. */
const TOLD_HERE: ReadonlySet<Reason['kind']> = new Set([
  'told',
  'running-cell',
  'restarting',
  'lost',
  'resume',
  'removed'
]);

/** One line, of two where it is narrow. */
export function Header(props: {
  readonly view: IViewContext;
  readonly state: NotebookState;
  readonly session: PreviewSession;
}): JSX.Element {
  const { view, state, session } = props;
  const { commands, kinds, trans } = view;
  const { rows, path } = state.snapshot;
  const { row } = session;
  const now = useNow(row?.status.kind === 'starting');
  const isToldHere = row !== null && TOLD_HERE.has(row.status.reason.kind);
  const reason = isToldHere ? reasonText(row.status.reason, trans, now, row.endpoint.cell) : '';
  return (
    <div className="nl-PreviewHead">
      <div className="nl-PreviewHead-line">
        {row ? <Badge endpoint={row.endpoint} /> : null}
        <select
          className="nl-PreviewHead-picker"
          aria-label={trans.__('Endpoint')}
          value={session.key}
          onChange={event => session.show(event.target.value)}
        >
          {row ? null : <option value={session.key}>{session.key}</option>}
          {rows.map(({ endpoint, status }) => (
            <option key={endpoint.key} value={endpoint.key}>
              {endpoint.key === session.key
                ? kinds.subject(endpoint)
                : trans.__('%1 (%2)', kinds.text(endpoint), statusKindText(status.kind, trans))}
            </option>
          ))}
        </select>
        {row ? (
          <span title={statusText(row.status, trans, now)}>
            <Glyph kind={row.status.kind} />
            <span className="nl-visuallyHidden">{statusText(row.status, trans, now)}</span>
          </span>
        ) : null}
        <span className="nl-PreviewHead-space" />
        <label
          className="nl-PreviewHead-follow"
          title={trans.__('Show the endpoint of whichever cell is selected')}
        >
          <input
            type="checkbox"
            checked={session.isFollowing}
            onChange={event => session.follow(event.target.checked)}
          />
          {trans.__('Follow')}
        </label>
        <Button
          look="quiet"
          disabledReason={row ? '' : trans.__('No cell declares it')}
          onClick={() =>
            void invoke(commands, CommandIDs.resume, { cellId: row?.endpoint.cell_id ?? '', path })
          }
        >
          {trans.__('Go to cell')}
        </Button>
      </div>
      {reason ? <p className="nl-PreviewHead-reason">{reason}</p> : null}
    </div>
  );
}
