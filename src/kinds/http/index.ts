/**
 * The kind @HTTP.
 */
import { CommandIDs, menuItem } from '../../commandids';
import type { HttpEndpoint } from '../../protocol';
import { CallUsage, CopyUrl, type IKind } from '../../view';
import { registerRequests } from './commands';
import { HttpView } from './view';

export const HTTP: IKind<HttpEndpoint> = {
  name: 'http',
  section: 'endpoints',
  sample: trans => ({
    title: trans.__('HTTP endpoint'),
    about: trans.__('Answers a request with what a function returns.'),
    command: trans.__('Insert an Endpoint Cell')
  }),
  title: (trans, count) => trans.__('Endpoints (%1)', count),
  subject: endpoint => endpoint.path,
  scheme: () => 'http',
  tryText: trans => trans.__('Try'),
  Usage: CallUsage,
  Summary: () => null,
  Actions: CopyUrl,
  menu: (at, isServed) => [
    ...(isServed ? [menuItem(CommandIDs.copySnippet, at)] : []),
    menuItem(CommandIDs.generate, at)
  ],
  register: registerRequests,
  Preview: HttpView
};
