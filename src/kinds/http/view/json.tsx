/**
 * The body as JSON, whole.
 */
import * as React from 'react';
import {
  bodySchema,
  bodyText,
  fitsForm,
  suggestionsAt,
  withBodyText
} from '../../../model/preview';
import { CodeInput } from '../../../view';
import type { ISendProps } from './props';

/** The same values as in the form. What is typed here is sent as it stands, byte for byte. */
export function JsonView({ view, row, http, onSend }: ISendProps): JSX.Element {
  const { trans } = view;
  const { endpoint } = row;
  const draft = http.draft(endpoint);
  const note = React.useId();
  const takesBody = endpoint.inputs.some(({ place }) => place === 'body');
  const isWhole = endpoint.inputs.some(({ place, name }) => place === 'body' && name === '');
  if (!takesBody) {
    return <p className="nl-Form-none">{trans.__('This endpoint takes no JSON body.')}</p>;
  }
  const schema = bodySchema(http.fields(endpoint));
  const fits = fitsForm(http.filled(endpoint), isWhole);
  return (
    <div className="nl-Json">
      <CodeInput
        view={view}
        label={trans.__('Body as JSON')}
        describedBy={fits ? undefined : note}
        mimeType="application/json"
        text={bodyText(draft, 2) ?? ''}
        suggest={(text, offset) => {
          const found = suggestionsAt(text, offset, schema);
          return (
            found && {
              from: found.from,
              to: found.to,
              options: found.items.map(({ label, detail, insert }) => ({
                label,
                detail,
                apply: insert
              }))
            }
          );
        }}
        onChange={text => http.update(endpoint, withBodyText(http.draft(endpoint), text, isWhole))}
        onSubmit={onSend}
      />
      {fits ? null : (
        <p id={note} className="nl-Form-note">
          {trans.__('Not a JSON object: it is sent as it stands here.')}
        </p>
      )}
    </div>
  );
}
