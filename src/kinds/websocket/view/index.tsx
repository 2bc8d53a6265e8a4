/**
 * The preview of a WebSocket: virtual clients, what they send and what they receive.
 */
import { Token, UUID } from '@lumino/coreutils';
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commands/ids';
import { isUp } from '../../../model';
import { WebSocketSessions, type ISocketEndpoint, type WebSocketSession } from '../model';
import { CALL_HEADER } from '../../../protocol';
import { Button, useSignals, type IViewContext, type IPreviewProps } from '../../../view';
import { Clients } from './clients';
import { Composer } from './composer';
import { Prints } from './prints';
import { Log } from './log';

const SESSIONS = new Token<WebSocketSessions>('neutrino-lab:consoles');

/** The console of the endpoint that is shown. */
export function ConsoleView(props: IPreviewProps<ISocketEndpoint>): JSX.Element {
  const { row, view, state } = props;
  const socket = sessionsOf(props).of(row.endpoint);
  useSignals(socket.changed);
  const { served, path, status } = state.snapshot;
  const isServed = isUp(served);
  return (
    <div className="nl-Console">
      {isServed ? null : (
        <Unserved socket={socket} path={path} isStarting={status.kind === 'starting'} view={view} />
      )}
      <Clients socket={socket} isServed={isServed} view={view} state={state} />
      <Log key={row.endpoint.key} socket={socket} view={view} />
      <Prints socket={socket} trans={view.trans} />
      <Composer socket={socket} view={view} examples={props.session.examples} />
    </div>
  );
}

/** The WebSocket sessions of the notebook, which outlive this view. */
function sessionsOf({ session, state, view }: IPreviewProps<ISocketEndpoint>): WebSocketSessions {
  return session.part(SESSIONS, () => {
    const { api } = view.model;
    return new WebSocketSessions({
      state,
      api,
      storage: session.services.storage,
      sockets: {
        open: (served, target, call) =>
          new WebSocket(api.liveUrl(served, named(target, call), 'ws')),
        name: () => UUID.uuid4(),
        now: () => Date.now(),
        later: (call, delayMs) => {
          const timer = window.setTimeout(call, delayMs);
          return () => window.clearTimeout(timer);
        }
      }
    });
  });
}

/** No browser sends headers with a WebSocket; Jupyter's proxy makes one of this argument. */
function named(target: string, call: string): string {
  return `${target}${target.includes('?') ? '&' : '?'}${CALL_HEADER}=${call}`;
}

function Unserved(props: {
  readonly socket: WebSocketSession;
  readonly path: string;
  readonly isStarting: boolean;
  readonly view: IViewContext;
}): JSX.Element {
  const { socket, path, isStarting, view } = props;
  const { commands, trans } = view;
  const serve = (): void => {
    socket.awaitServing();
    void invoke(commands, CommandIDs.serve, { path });
  };
  return (
    <div className="nl-Unserved">
      <span>
        {isStarting
          ? trans.__('The notebook is being started.')
          : trans.__('Nothing can connect until the notebook is served.')}
      </span>
      {isStarting ? null : (
        <Button look="primary" onClick={serve}>
          {trans.__('Serve and connect')}
        </Button>
      )}
    </div>
  );
}
