/**
 * The body as JSON, whole.
 */
import * as React from 'react';
import { bodyText, withBodyText } from '../../model/preview';
import type { IRequestProps } from './props';

/** The same values as in the form; what is no JSON object is sent as it is written. */
export function JsonView({ view, row, http }: IRequestProps): JSX.Element {
  const { trans } = view;
  const { endpoint } = row;
  const draft = http.draft(endpoint);
  const note = React.useId();
  const [written, setWritten] = React.useState('');
  const takesBody = endpoint.inputs.some(({ place }) => place === 'body');
  const isWhole = endpoint.inputs.some(({ place, name }) => place === 'body' && name === '');
  if (!takesBody) {
    return <p className="nl-Form-none">{trans.__('This endpoint takes no JSON body.')}</p>;
  }
  const isOwn = JSON.stringify(withBodyText(draft, written, isWhole)) === JSON.stringify(draft);
  return (
    <div className="nl-Json">
      <textarea
        className="nl-Input"
        aria-label={trans.__('Body as JSON')}
        aria-describedby={draft.text === null ? undefined : note}
        spellCheck={false}
        value={isOwn && written ? written : (bodyText(draft, 2) ?? '')}
        onChange={event => {
          setWritten(event.target.value);
          http.update(endpoint, withBodyText(draft, event.target.value, isWhole));
        }}
      />
      {draft.text === null ? null : (
        <p id={note} className="nl-Form-note">
          {trans.__('Not a JSON object: it is sent as it stands here.')}
        </p>
      )}
    </div>
  );
}
