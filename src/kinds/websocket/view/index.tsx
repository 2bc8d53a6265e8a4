/**
 * The preview of a WebSocket: virtual clients, what they send and what they receive.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commandids';
import { isUp } from '../../../model';
import { sessionsOf, type ISocketEndpoint } from '../model';
import { Button, useSignals, type IPreviewProps } from '../../../view';
import { Clients } from './clients';
import { Composer } from './composer';
import { Prints } from './prints';
import { Log } from './log';
import type { IClientsProps } from './props';

/** The console of the endpoint that is shown. */
export function ConsoleView(props: IPreviewProps<ISocketEndpoint>): JSX.Element {
  const { row, view, state } = props;
  const sessions = sessionsOf(props.session, state, view.model.api);
  const socket = sessions.of(row.endpoint);
  useSignals(socket.changed);
  React.useEffect(() => sessions.watch(row.endpoint), [sessions, row.place]);
  const given = { socket, state, view, isServed: isUp(state.snapshot.served) };
  return (
    <div className="nl-Console">
      {given.isServed ? null : <Unserved {...given} />}
      <Clients {...given} />
      <Log key={row.endpoint.key} socket={socket} view={view} />
      <Prints socket={socket} view={view} />
      <Composer socket={socket} view={view} examples={props.session.examples} />
    </div>
  );
}

function Unserved({ socket, state, view }: IClientsProps): JSX.Element {
  const { commands, trans } = view;
  const isStarting = state.snapshot.status.kind === 'starting';
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
