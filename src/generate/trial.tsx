/**
 * What became of each value of the trial, those that failed first.
 */
import * as React from 'react';
import type { DraftRow } from '../protocol';
import { millisecondsText, type IViewContext } from '../view';
import { rowKindText } from './wording';

const MOST_ROWS = 100;

/** The rows in the order in which they are shown; each kind of row keeps its own. */
export function failuresFirst(rows: readonly DraftRow[]): readonly DraftRow[] {
  return [...rows.filter(each => each.error), ...rows.filter(each => !each.error)];
}

/** A table; a hint where nothing was tried. */
export function Trial(props: {
  readonly rows: readonly DraftRow[];
  readonly view: IViewContext;
}): JSX.Element {
  const { rows, view } = props;
  const { trans } = view;
  if (rows.length === 0) {
    return <p className="nl-Hint">{trans.__('It was not tried.')}</p>;
  }
  const sorted = failuresFirst(rows);
  const hasBefore = rows.some(each => each.before);
  const hasState = rows.some(each => each.state);
  return (
    <>
      <div className="nl-Stream-table" tabIndex={0} role="region" aria-label={trans.__('Trial')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{trans.__('Value')}</th>
              <th scope="col">{trans.__('Input')}</th>
              {hasBefore ? <th scope="col">{trans.__('Old output')}</th> : null}
              <th scope="col">{trans.__('New output')}</th>
              {hasState ? <th scope="col">{trans.__('State')}</th> : null}
              <th scope="col">{trans.__('Time')}</th>
            </tr>
          </thead>
          <tbody>
            {sorted.slice(0, MOST_ROWS).map((row, index) => (
              <tr key={index}>
                <td className="nl-Generate-kind">{rowKindText(row, trans)}</td>
                <td className="nl-Generate-input">{row.value}</td>
                {hasBefore ? <td>{row.before}</td> : null}
                <td className={row.error ? 'nl-mod-error' : ''}>
                  {row.error
                    ? trans.__('fails: %1', row.error)
                    : row.outputs || trans.__('nothing')}
                </td>
                {hasState ? <td>{row.state}</td> : null}
                <td className="nl-Generate-time">{millisecondsText(row.took_ms, trans)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {sorted.length > MOST_ROWS ? (
        <p className="nl-Hint">{trans.__('%1 more are not shown.', sorted.length - MOST_ROWS)}</p>
      ) : null}
    </>
  );
}
