/**
 * What is said of a cell.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { millisecondsText } from '../view';
import type { ArtifactCell } from './cell';

const SECOND_MS = 1000;

/** How a cell stands, in a few words; empty where there is nothing to say. */
export function cellText(cell: ArtifactCell, nowMs: number, trans: TranslationBundle): string {
  if (cell.state === 'asking') {
    return trans.__('The model wants to run this code');
  }
  if (cell.state === 'running') {
    return runningText(cell, nowMs, trans);
  }
  if (cell.isEdited) {
    return trans.__('Edited, not run again');
  }
  const words = statusText(cell.status, trans);
  const { durationMs } = cell;
  return durationMs === null
    ? words
    : trans.__('%1 · %2', words, millisecondsText(durationMs, trans));
}

function runningText(cell: ArtifactCell, nowMs: number, trans: TranslationBundle): string {
  const { beganMs, limitMs } = cell;
  const seconds = Math.floor((nowMs - (beganMs ?? nowMs)) / SECOND_MS);
  if (seconds < 1) {
    return trans.__('Running…');
  }
  if (cell.phase === 'starting') {
    return trans.__('Waiting for a kernel that starts, %1 s', seconds);
  }
  if (cell.phase === 'queued') {
    return trans.__('Waiting for what runs in the session, %1 s', seconds);
  }
  return limitMs === null
    ? trans.__('Running for %1 s', seconds)
    : trans.__('Running for %1 s of at most %2 s', seconds, Math.round(limitMs / SECOND_MS));
}

/** How an execution ended. */
export function statusText(status: string, trans: TranslationBundle): string {
  switch (status) {
    case '':
      return '';
    case 'ok':
      return trans.__('Done');
    case 'error':
      return trans.__('Failed');
    case 'timeout':
      return trans.__('Ended by the time limit');
    case 'interrupted':
      return trans.__('Interrupted');
    case 'killed':
      return trans.__('The kernel died');
    case 'out_of_memory':
      return trans.__('Out of memory');
    case 'output_limit':
      return trans.__('Ended by the limit of output');
    case 'session_expired':
      return trans.__('The session has ended');
    case 'refused':
      return trans.__('Not run');
    case 'stopped':
      return trans.__('Stopped');
    default:
      return trans.__('Not finished');
  }
}
