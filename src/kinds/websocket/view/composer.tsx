/**
 * Where a message is written, checked and sent.
 */
import * as React from 'react';
import {
  messageInputs,
  messageError,
  template,
  type WebSocketSession,
  type VirtualClient
} from '../model';
import type { Examples } from '../../../model/preview';
import { Button, keysText, useRedraw, type IViewContext } from '../../../view';
import { ExamplesView } from '../../../view/examples';
import type { IConsoleProps } from './props';
import { messageErrorText } from './wording';

const MOST_ROWS = 8;
const SEND_KEYS = keysText('Accel Enter');

/** The last part of the console. */
export function Composer(props: IConsoleProps & { readonly examples: Examples }): JSX.Element {
  const { socket, view, examples } = props;
  const { trans } = view;
  const redraw = useRedraw();
  const { clients, endpoint, history, draft } = socket;
  const sender = clients.find(each => each.name === socket.sender) ?? clients[0];
  const reason = cannotSend(sender, view);
  const write = (text: string): void => {
    socket.draft = text;
    redraw();
  };
  const send = (): void => {
    if (sender && !reason) {
      socket.send(sender);
      redraw();
    }
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLTextAreaElement>): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      send();
    } else {
      const text = recalled(event, socket);
      if (text === null) {
        return;
      }
      write(text);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const first = template(endpoint.inputs);
  const checkId = React.useId();
  return (
    <div className="nl-Composer">
      <div className="nl-Composer-line">
        <label className="nl-Composer-sender">
          {trans.__('From')}
          <select
            value={sender?.name ?? ''}
            onChange={event => {
              socket.sender = event.target.value;
              redraw();
            }}
          >
            {clients.map(each => (
              <option key={each.name} value={each.name}>
                {each.name}
              </option>
            ))}
          </select>
        </label>
        <textarea
          className="nl-Composer-text"
          rows={Math.min(MOST_ROWS, draft.split('\n').length)}
          value={draft}
          spellCheck={false}
          data-nl-first={sender?.state === 'open' ? true : undefined}
          aria-label={trans.__('Message')}
          aria-describedby={checkId}
          placeholder={trans.__('Message')}
          onChange={event => {
            history.leave();
            write(event.target.value);
          }}
          onKeyDown={onKeyDown}
        />
        <Button
          look={reason ? 'plain' : 'primary'}
          disabledReason={reason}
          title={SEND_KEYS}
          onClick={send}
        >
          {trans.__('Send')}
        </Button>
      </div>
      <div className="nl-Composer-line nl-mod-quiet">
        <Check id={checkId} socket={socket} view={view} />
        {first && first !== draft ? (
          <Button look="quiet" onClick={() => write(first)}>
            {trans.__('Template')}
          </Button>
        ) : null}
        {sender ? (
          <ExamplesView
            view={view}
            examples={examples.of(endpoint)}
            onChoose={({ values, text }) => socket.fill(sender, values, text)}
            onSave={name => {
              examples.save(endpoint, name, {
                values: socket.example(sender),
                text: null
              });
              redraw();
            }}
            onDelete={name => {
              const restore = examples.delete(endpoint, name);
              redraw();
              return () => {
                restore();
                redraw();
              };
            }}
          />
        ) : null}
      </div>
    </div>
  );
}

/** Whether the message is what the declaration asks for; it can be sent all the same. */
function Check(props: IConsoleProps & { readonly id: string }): JSX.Element {
  const { id, socket, view } = props;
  const { trans } = view;
  const { inputs } = socket.endpoint;
  const found =
    messageInputs(inputs).length > 0 && socket.draft
      ? messageError(socket.draft, inputs)
      : undefined;
  const hint = trans.__('%1 sends, ↑ ↓ recall', SEND_KEYS);
  return (
    <span id={id} className="nl-Composer-check">
      {found === undefined ? null : found === null ? (
        <span data-word="live">{trans.__('✓ matches message:')}</span>
      ) : (
        <span data-word="edited">{trans.__('▲ %1', messageErrorText(found, trans))}</span>
      )}
      <span className="nl-Composer-hint">{hint}</span>
    </span>
  );
}

function cannotSend(sender: VirtualClient | undefined, { trans }: IViewContext): string {
  return sender?.state === 'open' ? '' : trans.__('Connect client %1 first', sender?.name ?? '');
}

/** What an arrow key brings back: on the first line the older, on the last line the newer. */
function recalled(
  event: React.KeyboardEvent<HTMLTextAreaElement>,
  { history, draft }: WebSocketSession
): string | null {
  const { selectionStart, selectionEnd, value } = event.currentTarget;
  if (event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) {
    return null;
  }
  if (event.key === 'ArrowUp' && !value.slice(0, selectionStart).includes('\n')) {
    return history.older(draft);
  }
  if (event.key === 'ArrowDown' && !value.slice(selectionEnd).includes('\n')) {
    return history.newer();
  }
  return null;
}
