export { handshakeInputs, isList, missing, target, unsendable, type Values } from './address';
export { VirtualClient, type ClientState, type IEnd, type ISocket } from './client';
export { MOST_CLIENTS, WebSocketSession, type ISocketEndpoint } from './session';
export { WebSocketSessions, sessionsOf } from './sessions';
export { hexDump, oneLine, textOf, type IExcerpt } from './display';
export {
  isError,
  isMessage,
  type Data,
  type Entry,
  type IClosing,
  type IMessage,
  type IDelivery
} from './entry';
export { jsonLines } from './jsonlines';
export { CAPACITIES, MessageLog, type ILogView } from './log';
export { Selection, type Filter, type ICriteria } from './selection';
export { messageInputs, messageError, template, type MessageError } from './template';
