/**
 * What the views of a request are given.
 */
import type { Exchange, HttpPreview } from '../../../model/preview';
import type { IPreviewProps, IViewContext } from '../../../view';

/** An endpoint, and what is filled in and sent for it. */
export interface IRequestProps extends IPreviewProps {
  readonly http: HttpPreview;
}

/** The same, and what sends it. */
export interface ISendProps extends IRequestProps {
  readonly onSend: () => void;
}

/** A call with its answer. */
export interface IAnswerProps {
  readonly exchange: Exchange;
  readonly view: IViewContext;
}
