/**
 * What is installed in the image, and which cell wants it.
 */
import * as React from 'react';
import { Button, List } from '../view';
import type { IPlanProps } from './props';
import { originText } from './wording';

/** The lines of requirements.txt. */
export function Requirements(props: IPlanProps): JSX.Element {
  const { plan, view, goTo } = props;
  const { trans } = view;
  const ids = new Map(plan.cells.map(each => [each.cell, each.cell_id]));
  return (
    <List label={trans.__('Requirements')}>
      {plan.requirements.map(({ line, origin, cells }) => (
        <li key={line} className="nl-ExportRow">
          <span className="nl-ExportRow-text">
            <code className="nl-ExportRow-title">{line}</code>
            <span className="nl-ExportRow-reason">{originText(origin, trans)}</span>
          </span>
          <span className="nl-ExportRow-links">
            {cells.map(cell => (
              <Button
                key={cell}
                look="quiet"
                aria-label={trans.__('Go to cell %1, for %2', cell, line)}
                onClick={() => goTo(ids.get(cell) ?? '', 1)}
              >
                {trans.__('cell %1', cell)}
              </Button>
            ))}
          </span>
        </li>
      ))}
    </List>
  );
}
