export { handshakeInputs, isList, missing, target, unsendable, type Values } from './address';
export { VirtualClient, type ClientState, type IEnd, type ISocket } from './client';
export { MOST_CLIENTS, SocketConsole, type ISocketEndpoint } from './console';
export { Consoles } from './consoles';
export { hexDump, oneLine, textOf, type IExcerpt } from './display';
export {
  isError,
  isMessage,
  sizeOf,
  type Data,
  type Entry,
  type IClosing,
  type IMessage,
  type IReach
} from './entry';
export { jsonLines } from './jsonlines';
export { CAPACITIES, ConsoleLog, type ILogView } from './log';
export { Selection, type Filter, type ICriteria } from './selection';
export { messageInputs, mismatch, template, type Mismatch } from './template';
