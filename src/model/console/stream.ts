/**
 * A stream as the WebSocket by which its values can be had.
 */
import type { StreamEndpoint, WebSocketEndpoint } from '../../protocol';

const KNOWN = new WeakMap<StreamEndpoint, WebSocketEndpoint>();

/** The same object for the same stream, so that a console is not told of a change that is none. */
export function asSocket(endpoint: StreamEndpoint): WebSocketEndpoint {
  const known = KNOWN.get(endpoint);
  if (known) {
    return known;
  }
  const { key, badge, path, cell, cell_id, inputs } = endpoint;
  const made: WebSocketEndpoint = {
    ...{ key, badge, path, cell, cell_id, inputs },
    function: endpoint.function,
    kind: 'websocket',
    mode: 'stream',
    to: 'sender'
  };
  KNOWN.set(endpoint, made);
  return made;
}
