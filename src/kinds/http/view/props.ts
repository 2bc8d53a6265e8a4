/**
 * What the views of a request are given.
 */
import type { HttpPreview } from '../../../model/preview';
import type { IPreviewProps } from '../../../view';

/** An endpoint, and what is filled in and sent for it. */
export interface IRequestProps extends IPreviewProps {
  readonly http: HttpPreview;
}
