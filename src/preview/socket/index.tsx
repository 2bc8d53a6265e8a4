/**
 * The preview of a WebSocket.
 */
import * as React from 'react';
import { AddressNote } from '../note';
import type { IPreviewProps } from '../props';

/** Where it answers. */
export function ConsoleView(props: IPreviewProps): JSX.Element {
  const { trans } = props.view;
  return <AddressNote {...props} text={trans.__('Connect to it with any WebSocket client.')} />;
}
