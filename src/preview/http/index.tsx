/**
 * The preview of an HTTP endpoint.
 */
import { AddressNote } from '../note';
import * as React from 'react';
import type { IPreviewProps } from '../props';

/** Where it answers. */
export function HttpView(props: IPreviewProps): JSX.Element {
  return <AddressNote {...props} text={props.view.trans.__('Call it with any HTTP client.')} />;
}
