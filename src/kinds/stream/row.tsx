/**
 * The row of a stream: its newest value, and how many there are a second.
 */
import * as React from 'react';
import type { StreamEndpoint } from '../../protocol';
import { clientsText, type IRowProps } from '../../view';
import { newestText, rateText } from './view/wording';

/** Nothing before the first value; the clients are told beside. */
export function Values({ stats, view }: IRowProps<StreamEndpoint>): JSX.Element | null {
  if (!stats) {
    return null;
  }
  const { trans } = view;
  const clients = clientsText(stats, trans);
  if (!stats.newest) {
    return <span className="nl-Clients">{clients}</span>;
  }
  return (
    <span className="nl-Values" title={`${stats.newest}\n${clients}`}>
      <span className="nl-Values-newest">{newestText(stats)}</span>{' '}
      <span className="nl-Values-rate">{rateText(stats, trans)}</span>
    </span>
  );
}
