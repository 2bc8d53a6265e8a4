/**
 * The kind @WS.
 */
import { CommandIDs, menuItem } from '../../commandids';
import type { WebSocketEndpoint } from '../../protocol';
import { ClientUsage, CopyUrl, type IKind } from '../../view';
import { ConsoleView } from './view';

export const WEBSOCKET: IKind<WebSocketEndpoint> = {
  name: 'websocket',
  section: 'websockets',
  sample: trans => ({
    title: trans.__('WebSocket'),
    about: trans.__('Answers each message, to one client, a room or everyone.'),
    command: trans.__('Insert a WebSocket Cell')
  }),
  title: (trans, count) => trans.__('WebSockets (%1)', count),
  subject: endpoint => endpoint.path,
  scheme: () => 'ws',
  tryText: trans => trans.__('Open console'),
  Usage: ClientUsage,
  Summary: () => null,
  Actions: CopyUrl,
  menu: at => [menuItem(CommandIDs.generate, at)],
  Preview: ConsoleView
};
