/**
 * The preview of a schedule.
 */
import * as React from 'react';
import { momentText } from '../../view';
import type { IPreviewProps } from '../props';

/** When it runs. */
export function TimelineView({ row, view }: IPreviewProps): JSX.Element {
  const { endpoint } = row;
  const { trans } = view;
  return (
    <div className="nl-Preview-note">
      <p>{trans.__('It runs by the clock while the notebook is served.')}</p>
      <ul>
        {endpoint.next.map(next => (
          <li key={next}>{momentText(next, endpoint.timezone)}</li>
        ))}
      </ul>
    </div>
  );
}
