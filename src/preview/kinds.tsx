/**
 * Which view shows an endpoint: one for each kind.
 */
import type { Endpoint } from '../protocol';
import { HttpView } from './http';
import type { IPreviewProps } from './props';
import { TimelineView } from './schedule';
import { ConsoleView } from './socket';
import { StreamView } from './stream';

type Views = {
  readonly [K in Endpoint['kind']]: (
    props: IPreviewProps<Extract<Endpoint, { readonly kind: K }>>
  ) => JSX.Element;
};

const KINDS: Views = {
  http: HttpView,
  websocket: ConsoleView,
  schedule: TimelineView,
  stream: StreamView
};

/** The view of an endpoint; each is given those of its own kind only. */
export function viewOf({ kind }: Endpoint): (props: IPreviewProps) => JSX.Element {
  return KINDS[kind] as (props: IPreviewProps) => JSX.Element;
}
