/**
 * What is wanted, in words, and what would be sent of it: nothing goes anywhere before that was shown.
 */
import * as React from 'react';
import type { DraftPreview } from '../protocol';
import { Button, keysText, type IViewContext } from '../view';
import type { IDraftProps } from './props';

/** The words, and below them what would be sent. */
export function Form({ view, drafting }: IDraftProps): JSX.Element {
  const { trans } = view;
  const { words, sharesValues, work, preview } = drafting.state;
  const hintId = React.useId();
  const isBusy = work !== 'idle';
  const go = (): void => void (preview ? drafting.draft() : drafting.look());
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      go();
    }
  };
  return (
    <section className="nl-Generate-part" aria-label={trans.__('What it has to do')}>
      <textarea
        className="nl-Words nl-Input"
        data-nl-first=""
        aria-label={trans.__('What it has to do')}
        aria-describedby={hintId}
        placeholder={trans.__('For instance: the mean of the last 20 prices, without outliers')}
        rows={3}
        value={words}
        onChange={event => drafting.ask({ words: event.target.value })}
        onKeyDown={onKeyDown}
      />
      <label className="nl-Generate-share">
        <input
          type="checkbox"
          checked={sharesValues}
          disabled={isBusy}
          onChange={event => drafting.ask({ sharesValues: event.target.checked })}
        />
        {trans.__('Share the newest values with the model')}
      </label>
      <p className="nl-Hint" id={hintId}>
        {trans.__(
          'Without them a model gets to see names and types alone. %1 goes on.',
          keysText('Accel Enter')
        )}
      </p>
      {preview ? <Sent preview={preview} isShared={sharesValues} view={view} /> : null}
      <div className="nl-Generate-row">
        {preview ? (
          <Send view={view} drafting={drafting} />
        ) : (
          <Button
            look="primary"
            disabledReason={isBusy ? trans.__('It is being looked at') : ''}
            onClick={go}
          >
            {work === 'looking' ? trans.__('Reading values…') : trans.__('Show what is sent')}
          </Button>
        )}
      </div>
    </section>
  );
}

/** A remark that waits for a look at what would be sent. */
export function AgainForm({ view, drafting }: IDraftProps): JSX.Element {
  const { trans } = view;
  const { remark, sharesValues, work, preview } = drafting.state;
  return (
    <section className="nl-Generate-part" aria-label={trans.__('Try again')}>
      <p>{trans.__('Try again, with this remark: %1', remark)}</p>
      {preview ? <Sent preview={preview} isShared={sharesValues} view={view} /> : null}
      <div className="nl-Generate-row">
        {preview ? <Send view={view} drafting={drafting} /> : null}
        {work === 'looking' ? <span>{trans.__('Reading values…')}</span> : null}
        <Button onClick={() => drafting.back()}>{trans.__('Back')}</Button>
      </div>
    </section>
  );
}

function Send({ view, drafting }: IDraftProps): JSX.Element {
  const { trans } = view;
  return (
    <Button look="primary" data-nl-first="" onClick={() => void drafting.draft()}>
      {drafting.state.preview?.model ? trans.__('Send and draft') : trans.__('Draft')}
    </Button>
  );
}

/** What would go where. */
function Sent(props: {
  readonly preview: DraftPreview;
  readonly isShared: boolean;
  readonly view: IViewContext;
}): JSX.Element {
  const { preview, isShared, view } = props;
  const { trans } = view;
  const { model, host, values, values_count: count, words } = preview;
  const trial = count
    ? trans._n(
        'The draft is tried here on the newest value.',
        'The draft is tried here on the newest %1 values.',
        count
      )
    : trans.__('There are no values yet: the draft is tried here on made-up ones.');
  if (!model) {
    return (
      <div className="nl-Generate-sent" role="group" aria-label={trans.__('What is sent')}>
        <p>
          {trans.__(
            'These words mean a built-in operator: no model is asked, and nothing is sent.'
          )}
        </p>
        <p>{trial}</p>
      </div>
    );
  }
  const what = !values
    ? trans.__(
        'These words and the declaration of the cell go to %1 at %2. No value does.',
        model,
        host
      )
    : isShared
      ? trans.__(
          'These words, the declaration of the cell and these values go to %1 at %2. Where a draft fails for a value, that one goes along.',
          model,
          host
        )
      : trans.__(
          'These words, the declaration of the cell and these names and types go to %1 at %2. No value does.',
          model,
          host
        );
  return (
    <div className="nl-Generate-sent" role="group" aria-label={trans.__('What is sent')}>
      <p>{what}</p>
      <blockquote>{words}</blockquote>
      {values ? (
        <pre
          role="region"
          tabIndex={0}
          aria-label={isShared ? trans.__('Values') : trans.__('Names and types')}
        >
          {values}
        </pre>
      ) : null}
      <p>{trial}</p>
    </div>
  );
}
