/**
 * The virtual clients, side by side: what they connect with, and how they are.
 */
import * as React from 'react';
import { MOST_CLIENTS, handshakeInputs, isList, missing, unsendable } from '../model';
import { isSecret } from '../../../model/preview';
import { Button, Glyph } from '../../../view';
import { FailureView } from '../../../view/failure';
import { closingText } from './closing';
import type { IClientProps, IClientsProps } from './props';
import { CLIENT_STATUS, clientText } from './wording';

/** All of them, and one more. */
export function Clients(props: IClientsProps): JSX.Element {
  const { socket, view } = props;
  const { trans } = view;
  const headers = unsendable(socket.endpoint);
  return (
    <div className="nl-Clients-bar">
      <ul className="nl-ClientCards" aria-label={trans.__('Virtual clients')}>
        {socket.clients.map((client, index) => (
          <ClientCard key={client.name} {...props} client={client} isFirst={index === 0} />
        ))}
      </ul>
      <div className="nl-Clients-tools">
        <Button
          disabledReason={
            socket.clients.length < MOST_CLIENTS
              ? ''
              : trans.__('%1 clients are as many as there can be', MOST_CLIENTS)
          }
          onClick={() => socket.addClient()}
        >
          {trans.__('Add client')}
        </Button>
        <label className="nl-Clients-again">
          <input
            type="checkbox"
            checked={socket.reconnects}
            onChange={event => {
              socket.reconnects = event.target.checked;
            }}
          />
          {trans.__('Reconnect automatically')}
        </label>
      </div>
      {headers.length > 0 ? (
        <p className="nl-Hint">
          {trans.__(
            'A browser cannot send headers with a WebSocket, and this one requires %1: connect with another client.',
            headers.map(each => each.name).join(', ')
          )}
        </p>
      ) : null}
    </div>
  );
}

function ClientCard(props: IClientProps): JSX.Element {
  const { client, socket, view } = props;
  const { trans } = view;
  const { state, end } = client;
  const isOn = state === 'open' || state === 'connecting';
  const crash = isOn ? null : socket.crash(client);
  return (
    <li className="nl-ClientCard" aria-label={trans.__('Client %1', client.name)}>
      <div className="nl-ClientCard-head">
        <strong>{client.name}</strong>
        <span className="nl-StatusKind" data-word={CLIENT_STATUS[state]}>
          <Glyph kind={CLIENT_STATUS[state]} />
          <span>{clientText(state, trans)}</span>
        </span>
        <span className="nl-ClientCard-space" />
        {isOn ? (
          <Button look="quiet" onClick={() => socket.disconnect(client)}>
            {state === 'open' ? trans.__('Disconnect') : trans.__('Cancel')}
          </Button>
        ) : (
          <ConnectButton {...props} />
        )}
        {socket.clients.length > 1 ? (
          <Button
            look="quiet"
            aria-label={trans.__('Remove client %1', client.name)}
            onClick={() => socket.removeClient(client)}
          >
            ×
          </Button>
        ) : null}
      </div>
      <Values {...props} isOn={isOn} />
      {end && !end.isMeant ? <p className="nl-ClientCard-end">{closingText(end, trans)}</p> : null}
      {crash ? <FailureView view={view} state={props.state} failure={crash.failure} /> : null}
    </li>
  );
}

function ConnectButton({ client, isFirst, socket, isServed, view }: IClientProps): JSX.Element {
  const { trans } = view;
  const lacking = missing(socket.endpoint, client.values);
  const reason = !isServed
    ? trans.__('Serve the notebook first')
    : lacking.length > 0
      ? trans.__('Fill in %1 first', lacking.join(', '))
      : '';
  return (
    <Button
      look={reason ? 'plain' : 'primary'}
      data-nl-first={isFirst ? true : undefined}
      disabledReason={reason}
      onClick={() => socket.connect(client)}
    >
      {client.state === 'closed' ? trans.__('Reconnect') : trans.__('Connect')}
    </Button>
  );
}

function Values(props: IClientProps & { readonly isOn: boolean }): JSX.Element | null {
  const { client, isOn, socket, view } = props;
  const { trans } = view;
  const inputs = handshakeInputs(socket.endpoint);
  if (inputs.length === 0) {
    return null;
  }
  return (
    <div className="nl-ClientCard-values">
      {inputs.map(input => (
        <label key={`${input.place} ${input.name}`}>
          <span>{input.name}</span>
          {isList(input) ? (
            <textarea
              rows={2}
              value={client.values[input.name] ?? ''}
              title={trans.__('One value a line')}
              onChange={event => socket.set(client, input.name, event.target.value)}
            />
          ) : (
            <input
              type={isSecret(input.name) ? 'password' : 'text'}
              autoComplete="off"
              value={client.values[input.name] ?? ''}
              placeholder={input.type}
              title={isOn ? trans.__('Takes effect with the next connection') : input.type}
              onChange={event => socket.set(client, input.name, event.target.value)}
            />
          )}
        </label>
      ))}
    </div>
  );
}
