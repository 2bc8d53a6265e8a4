/**
 * The kind @STREAM.
 */
import type { StreamEndpoint } from '../../protocol';
import { ClientUsage, CopyUrl, type IKind } from '../../view';
import { StreamView } from './view';

export const STREAM: IKind<StreamEndpoint> = {
  name: 'stream',
  section: 'streams',
  title: (trans, count) => trans.__('Streams (%1)', count),
  subject: endpoint => endpoint.path || endpoint.function || endpoint.operator,
  scheme: ({ path, emit }) =>
    path ? (emit.includes('ws') && !emit.includes('sse') ? 'ws' : 'http') : null,
  tryText: trans => trans.__('Watch'),
  Usage: ClientUsage,
  Summary: () => null,
  Actions: props => (props.row.endpoint.path ? CopyUrl(props) : null),
  menu: () => [],
  Preview: StreamView
};
