/**
 * What the console says of messages.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { ClientState, Data, Entry, IDelivery, MessageError } from '../model';
import type { StatusKind } from '../../../model';

/** The state of a client. */
export function clientText(state: ClientState, trans: TranslationBundle): string {
  switch (state) {
    case 'idle':
      return trans.__('Not connected');
    case 'connecting':
      return trans.__('Connecting');
    case 'open':
      return trans.__('Connected');
    case 'closed':
      return trans.__('Closed');
  }
}

/** The glyph of a client's state: the same as for a notebook. */
export const CLIENT_STATUS: Readonly<Record<ClientState, StatusKind>> = {
  idle: 'not-served',
  connecting: 'starting',
  open: 'live',
  closed: 'stopped'
};

/** What a row tells of. */
export function kindText(kind: Entry['kind'], trans: TranslationBundle): string {
  switch (kind) {
    case 'sent':
      return trans.__('sent by');
    case 'received':
      return trans.__('received by');
    case 'refused':
      return trans.__('error for');
    case 'opened':
      return trans.__('connected');
    case 'closed':
      return trans.__('closed');
  }
}

/** Whom the server gave a message to, as its journal tells. */
export function deliveryText(delivery: IDelivery, trans: TranslationBundle): string {
  const { messages, room, client } = delivery;
  const count = delivery.count.toLocaleString();
  if (messages > 1) {
    return trans.__('%1 equal messages, to %2', messages, count);
  }
  if (delivery.count === 0) {
    return trans.__('reached nobody');
  }
  if (client) {
    // A number is a name that the server gave; it says nothing to anybody else.
    const isNamed = !client.startsWith('#');
    return isNamed ? trans.__('direct to %1', client) : trans.__('direct');
  }
  return room ? trans.__('to %1 in room %2', count, room) : trans.__('broadcast to %1', count);
}

/** The time of day of a row. */
export function timeText(at: number): string {
  const moment = new Date(at);
  const parts = [moment.getHours(), moment.getMinutes(), moment.getSeconds()];
  const time = parts.map(part => String(part).padStart(2, '0')).join(':');
  return `${time}.${String(moment.getMilliseconds()).padStart(3, '0')}`;
}

/** How long a message is. */
export function sizeText(data: Data, trans: TranslationBundle): string {
  if (typeof data !== 'string') {
    return trans._n('1 byte', '%2 bytes', data.byteLength, data.byteLength.toLocaleString());
  }
  return trans._n('1 character', '%2 characters', data.length, data.length.toLocaleString());
}

/** What is wrong with a message. */
export function messageErrorText(error: MessageError, trans: TranslationBundle): string {
  switch (error.kind) {
    case 'not-json':
      return trans.__('not JSON: %1', error.detail);
    case 'not-object':
      return trans.__('a JSON object with the declared fields is expected');
    case 'missing':
      return trans.__('“%1” is missing', error.field);
    case 'type':
      return trans.__('“%1” is not %2', error.field, error.expected);
  }
}
