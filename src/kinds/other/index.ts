/**
 * What stands in for a kind without an entry: what is told of every endpoint is shown of it.
 */
import { CallUsage, CopyUrl, type IKind } from '../../view';
import { OtherView } from './view';

export const OTHER: IKind = {
  name: '',
  section: 'others',
  title: (trans, count) => trans.__('Other endpoints (%1)', count),
  subject: endpoint => endpoint.path || endpoint.function || endpoint.key,
  scheme: endpoint => (endpoint.path ? 'http' : null),
  tryText: trans => trans.__('Show'),
  Usage: CallUsage,
  Summary: () => null,
  Actions: CopyUrl,
  menu: () => [],
  Preview: OtherView
};
