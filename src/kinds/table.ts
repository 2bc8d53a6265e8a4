/**
 * The table of kinds: a new kind is a folder beside this file, and a row.
 */
import type { IKind } from '../view';
import { HTTP } from './http';
import { SCHEDULE } from './schedule';
import { STREAM } from './stream';
import { WEBSOCKET } from './websocket';

/** In the order of the panel. */
export const KINDS: readonly IKind[] = [HTTP, WEBSOCKET, SCHEDULE, STREAM];
