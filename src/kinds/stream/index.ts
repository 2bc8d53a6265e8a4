/**
 * The kind @STREAM.
 */
import { CommandIDs, menuItem } from '../../commandids';
import type { StreamEndpoint } from '../../protocol';
import type { IKind } from '../../view';
import { registerStreams } from './commands';
import { Address, Values } from './row';
import { StreamView } from './view';

export const STREAM: IKind<StreamEndpoint> = {
  name: 'stream',
  section: 'streams',
  title: (trans, count) => trans.__('Streams (%1)', count),
  subject: endpoint => endpoint.path || endpoint.function || endpoint.operator,
  scheme: ({ path, emit }) =>
    path ? (emit.includes('ws') && !emit.includes('sse') ? 'ws' : 'http') : null,
  tryText: trans => trans.__('Watch'),
  Usage: Values,
  Summary: () => null,
  Actions: Address,
  menu: at => [menuItem(CommandIDs.streamSource, at), menuItem(CommandIDs.generate, at)],
  register: registerStreams,
  Preview: StreamView
};
