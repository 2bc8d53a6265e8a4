/**
 * Which cells go into the export, and why.
 */
import * as React from 'react';
import { tick, withCell } from '../model';
import type { PlannedCell } from '../protocol';
import { Button, List } from '../view';
import type { IPlanProps } from './props';
import { cellReason } from './wording';

/** The tick list. */
export function Cells(props: IPlanProps): JSX.Element {
  const { plan, view } = props;
  return (
    <List className="nl-mod-cells" label={view.trans.__('Cells of the export')}>
      {plan.cells.map(cell => (
        <CellRow key={`${cell.notebook} ${cell.cell}`} cell={cell} {...props} />
      ))}
    </List>
  );
}

function CellRow(props: IPlanProps & { readonly cell: PlannedCell }): JSX.Element {
  const { cell, session, view, goTo } = props;
  const { trans } = view;
  const { isOn, isFree } = tick(cell, session.draft);
  const reason = cellReason(cell, trans);
  const isDeclaring = cell.reason === 'declares';
  const text = isDeclaring ? reason : cell.title;
  return (
    <li className="nl-ExportRow" data-included={isOn}>
      <input
        type="checkbox"
        checked={isOn}
        aria-label={trans.__('Cell %1: %2, %3', cell.cell, cell.title, reason)}
        aria-disabled={isFree ? undefined : true}
        title={isFree ? undefined : reason}
        onChange={event => {
          if (isFree) {
            session.change(withCell(session.draft, cell.cell_id, event.target.checked));
          }
        }}
      />
      <span className="nl-ExportRow-text">
        {text ? <code className="nl-ExportRow-title">{text}</code> : null}
        {isDeclaring ? null : <span className="nl-ExportRow-reason">{reason}</span>}
      </span>
      <Button
        look="quiet"
        aria-label={trans.__('Go to cell %1', cell.cell)}
        onClick={() => goTo(cell.cell_id, 1)}
      >
        {trans.__('cell %1', cell.cell)}
      </Button>
    </li>
  );
}
