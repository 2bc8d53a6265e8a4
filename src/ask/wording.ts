/**
 * What is said of an answer.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Turn } from './turn';

/** How an answer stands. */
export function turnText(turn: Turn, trans: TranslationBundle): string {
  if (turn.asking) {
    return trans.__('Waiting for you to decide about a cell');
  }
  switch (turn.status) {
    case 'waiting':
      return trans.__('Asking…');
    case 'answering':
      return trans.__('Answering…');
    case 'stopping':
      return trans.__('Stopping…');
    case 'ok':
      return trans.__('Answered');
    case 'stopped':
      return trans.__('Stopped');
    case 'rounds':
      return trans.__('Ended: the model was called as often as it may be');
    case 'time':
      return trans.__('Ended by the time limit');
    case 'lost':
      return trans.__('The connection was lost');
    case 'failed':
      return trans.__('No answer');
  }
}

/** What a model did by another tool than running code. */
export function pieceText(name: string, path: string, trans: TranslationBundle): string {
  if (name === 'uploadFile') {
    return trans.__('Writes the file %1', path);
  }
  if (name === 'readFile') {
    return trans.__('Reads the file %1', path);
  }
  return trans.__('Calls %1', name);
}
