/**
 * Where a served notebook answers past the Jupyter server.
 */
import type { Served } from '../protocol';

/** How an address is called. */
export type Scheme = 'http' | 'ws';

/** The address of a path at the notebook's own port; empty where it has none. */
export function ownUrl(
  served: Pick<Served, 'own_url'>,
  path: string,
  scheme: Scheme = 'http'
): string {
  const root = served.own_url;
  return root && (scheme === 'ws' ? root.replace(/^http/, 'ws') : root) + path.replace(/^\//, '');
}
