/**
 * Which view shows an endpoint: one for each kind.
 */
import type { Endpoint } from '../protocol';
import { HttpView } from './http';
import type { IPreviewProps } from './props';
import { TimelineView } from './schedule';
import { ConsoleView } from './socket';

export const KINDS: Readonly<Record<Endpoint['kind'], (props: IPreviewProps) => JSX.Element>> = {
  http: HttpView,
  websocket: ConsoleView,
  schedule: TimelineView
};
