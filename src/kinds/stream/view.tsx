/**
 * The preview of a stream: its values as they come, to clients like those of a WebSocket.
 */
import * as React from 'react';
import type { StreamEndpoint } from '../../protocol';
import { ConsoleView } from '../websocket/view';
import type { IPreviewProps } from '../../view';

/** The console of a stream; one that is not sent over WebSockets says where it goes. */
export function StreamView(props: IPreviewProps<StreamEndpoint>): JSX.Element {
  const { row, view } = props;
  const { endpoint } = row;
  const { trans } = view;
  if (!endpoint.emit.includes('ws')) {
    const text = endpoint.path
      ? trans.__('This stream is not sent over WebSockets: its `emit` leaves them out.')
      : trans.__('This stream has no path: only other streams get its values.');
    return <p className="nl-Preview-note">{text}</p>;
  }
  return (
    <>
      <p className="nl-Preview-note">
        {trans.__('From %1, through %2', endpoint.source, endpoint.operator)}
      </p>
      <ConsoleView {...props} />
    </>
  );
}
