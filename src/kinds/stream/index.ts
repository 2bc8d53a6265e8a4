/**
 * The kind @STREAM.
 */
import { CommandIDs, menuItem } from '../../commandids';
import type { StreamEndpoint } from '../../protocol';
import { CopyUrl, type IKind } from '../../view';
import { registerStreams } from './commands';
import { Values } from './row';
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
  Actions: CopyUrl,
  menu: at => [menuItem(CommandIDs.streamSource, at), menuItem(CommandIDs.generate, at)],
  register: registerStreams,
  Preview: StreamView
};
