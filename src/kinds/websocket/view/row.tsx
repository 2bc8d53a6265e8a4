/**
 * One row of the log.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { isError, isMessage, oneLine, type Entry } from '../model';
import { closingText } from './closing';
import { kindText, deliveryText, timeText } from './wording';

const GLYPHS: Readonly<Record<Entry['kind'], string>> = {
  sent: '↑',
  received: '↓',
  refused: '✕',
  opened: '●',
  closed: '■'
};

/** When, which way, who, what, to whom else. */
export const Row = React.memo(function Row(props: {
  readonly entry: Entry;
  readonly trans: TranslationBundle;
}): JSX.Element {
  const { entry, trans } = props;
  const delivery = isMessage(entry) ? entry.delivery : null;
  return (
    <>
      <span className="nl-Log-time">{timeText(entry.at)}</span>
      <span className="nl-Log-glyph" data-kind={isError(entry) ? 'refused' : entry.kind}>
        <span aria-hidden="true">{GLYPHS[entry.kind]}</span>
        <span className="nl-visuallyHidden">{kindText(entry.kind, trans)}</span>
      </span>
      <span className="nl-Log-clients">{entry.clients.join(', ')}</span>
      <span className={isMessage(entry) ? 'nl-Log-data' : 'nl-Log-note'}>
        {content(entry, trans)}
      </span>
      {delivery ? <span className="nl-Log-delivery">{deliveryText(delivery, trans)}</span> : null}
    </>
  );
});

function content(entry: Entry, trans: TranslationBundle): string {
  switch (entry.kind) {
    case 'opened':
      return entry.room ? trans.__('connected, room %1', entry.room) : trans.__('connected');
    case 'closed':
      return closingText(entry, trans);
    default:
      return typeof entry.data === 'string'
        ? oneLine(entry.data)
        : trans.__('binary: %1', oneLine(entry.data));
  }
}
