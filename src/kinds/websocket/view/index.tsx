/**
 * The preview of a WebSocket: virtual clients, what they send and what they receive.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commandids';
import { isUp, type NotebookState } from '../../../model';
import { sessionsOf, type ISocketEndpoint, type WebSocketSession } from '../model';
import { Button, useSignals, type IViewContext, type IPreviewProps } from '../../../view';
import { Clients } from './clients';
import { Composer } from './composer';
import { Prints } from './prints';
import { Log } from './log';

/** The console of the endpoint that is shown. */
export function ConsoleView(props: IPreviewProps<ISocketEndpoint>): JSX.Element {
  const { row, view, state } = props;
  const sessions = sessionsOf(props.session, state, view.model.api);
  const socket = sessions.of(row.endpoint);
  useSignals(socket.changed);
  React.useEffect(() => sessions.watch(row.endpoint), [sessions, row.place]);
  const { served, status } = state.snapshot;
  const isServed = isUp(served);
  return (
    <div className="nl-Console">
      {isServed ? null : (
        <Unserved
          socket={socket}
          state={state}
          isStarting={status.kind === 'starting'}
          view={view}
        />
      )}
      <Clients socket={socket} isServed={isServed} view={view} state={state} />
      <Log key={row.endpoint.key} socket={socket} view={view} />
      <Prints socket={socket} trans={view.trans} />
      <Composer socket={socket} view={view} examples={props.session.examples} />
    </div>
  );
}

function Unserved(props: {
  readonly socket: WebSocketSession;
  readonly state: NotebookState;
  readonly isStarting: boolean;
  readonly view: IViewContext;
}): JSX.Element {
  const { socket, state, isStarting, view } = props;
  const { commands, trans } = view;
  const serve = async (): Promise<void> => {
    const { path } = state.snapshot;
    if (await state.ensureUp(() => invoke(commands, CommandIDs.serve, { path }))) {
      socket.connectAll();
    }
  };
  return (
    <div className="nl-Unserved">
      <span>
        {isStarting
          ? trans.__('The notebook is being started.')
          : trans.__('Nothing can connect until the notebook is served.')}
      </span>
      {isStarting ? null : (
        <Button look="primary" onClick={() => void serve()}>
          {trans.__('Serve and connect')}
        </Button>
      )}
    </div>
  );
}
