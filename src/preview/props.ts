/**
 * What the view of an endpoint is given, whatever its kind.
 */
import type { IRow, NotebookState } from '../model';
import type { PreviewSession } from '../model/preview';
import type { Endpoint } from '../protocol';
import type { IViewContext } from '../view';

/** The endpoint to show, and the session in which the view keeps what is to outlive it. */
export interface IPreviewProps<E extends Endpoint = Endpoint> {
  readonly view: IViewContext;
  readonly state: NotebookState;
  readonly row: IRow<E>;
  readonly session: PreviewSession;
}
