/**
 * The message of the chosen row in full: as text or byte by byte.
 */
import { Clipboard } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { hexDump, isMessage, textOf, type Entry } from '../model';
import { Button } from '../../../view';
import { closingText } from './closing';
import { kindText, deliveryText, sizeText, timeText } from './wording';

const MOST_CHARACTERS = 50_000;
const MOST_BYTES = 4096;

/** Below the list, while a row is chosen. */
export function Detail(props: {
  readonly entry: Entry;
  readonly trans: TranslationBundle;
  readonly onClose: () => void;
}): JSX.Element {
  const { entry, trans, onClose } = props;
  const [isHex, setHex] = React.useState(false);
  const heading = [
    timeText(entry.at),
    `${kindText(entry.kind, trans)} ${entry.clients.join(', ')}`,
    entry.room && trans.__('room %1', entry.room),
    isMessage(entry) && sizeText(entry.data, trans),
    isMessage(entry) && entry.delivery && deliveryText(entry.delivery, trans)
  ];
  const data = isMessage(entry) ? entry.data : null;
  const isText = typeof data === 'string';
  const showsBytes = data !== null && (isHex || !isText);
  const excerpt =
    data === null
      ? null
      : isText && !isHex
        ? textOf(data, MOST_CHARACTERS)
        : hexDump(data, MOST_BYTES);
  return (
    <section className="nl-Detail" aria-label={trans.__('Chosen message')}>
      <div className="nl-Detail-head">
        <span className="nl-Detail-heading">{heading.filter(Boolean).join(' · ')}</span>
        {isText ? (
          <Button look="quiet" aria-pressed={isHex} onClick={() => setHex(!isHex)}>
            {trans.__('Hex')}
          </Button>
        ) : null}
        {excerpt ? (
          <Button
            look="quiet"
            onClick={() => Clipboard.copyToSystem(isText && !isHex ? data : excerpt.text)}
          >
            {trans.__('Copy')}
          </Button>
        ) : null}
        <Button look="quiet" aria-label={trans.__('Close the message')} onClick={onClose}>
          ×
        </Button>
      </div>
      <pre className={showsBytes ? 'nl-Detail-text nl-mod-hex' : 'nl-Detail-text'} tabIndex={0}>
        {entry.kind === 'closed' ? closingText(entry, trans) : excerpt?.text}
      </pre>
      {excerpt && excerpt.shown < excerpt.size ? (
        <p className="nl-Hint">
          {trans.__(
            'The first %1 of %2 are shown; Copy and Export take all of a text.',
            excerpt.shown.toLocaleString(),
            excerpt.size.toLocaleString()
          )}
        </p>
      ) : null}
    </section>
  );
}
