/**
 * What the views of a console are given.
 */
import type { NotebookState } from '../../../model';
import type { IViewContext } from '../../../view';
import type { VirtualClient, WebSocketSession } from '../model';

/** The console. */
export interface IConsoleProps {
  readonly socket: WebSocketSession;
  readonly view: IViewContext;
}

/** The same, and the notebook that it belongs to. */
export interface IClientsProps extends IConsoleProps {
  readonly isServed: boolean;
  readonly state: NotebookState;
}

/** The same for one of its clients. */
export interface IClientProps extends IClientsProps {
  readonly client: VirtualClient;
  readonly isFirst: boolean;
}
