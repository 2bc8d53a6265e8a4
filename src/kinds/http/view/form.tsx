/**
 * The values as a form.
 */
import * as React from 'react';
import {
  fieldErrorText,
  fieldErrorsAbout,
  fitsForm,
  secretNames,
  valueOf,
  withValue,
  type IFieldError,
  type IField
} from '../../../model/preview';
import type { Input } from '../../../protocol';
import type { IViewContext } from '../../../view';
import { FieldRow } from './field';
import { headerErrorText } from './headers';
import type { IRequestProps } from './props';

/** One row for each field of the endpoint, by where it travels. */
export function Form(
  props: IRequestProps & {
    readonly fieldErrors: readonly IFieldError[];
    /** The answer that the field errors are of. */
    readonly answer: string;
  }
): JSX.Element {
  const { view, row, http, fieldErrors, answer } = props;
  const { trans } = view;
  const { endpoint } = row;
  const isWhole = endpoint.inputs.some(({ place, name }) => place === 'body' && name === '');
  const fields = http.fields(endpoint);
  const secrets = secretNames(fields);
  const draft = http.draft(endpoint);
  const node = React.useRef<HTMLDivElement>(null);
  React.useEffect(() => {
    node.current?.querySelector('[aria-invalid=true]')?.scrollIntoView({ block: 'nearest' });
  }, [answer, fieldErrors.length]);
  if (fields.length === 0) {
    return <p className="nl-Form-none">{trans.__('This endpoint takes no values.')}</p>;
  }
  const landed = new Set(
    fields.flatMap(field => fieldErrorsAbout(field, fieldErrors).map(each => each.message))
  );
  const others = fieldErrors.filter(each => !landed.has(each.message));
  return (
    <div ref={node} className="nl-Form">
      {fieldErrors.length > 0 ? (
        <p className="nl-Value-error" role="status">
          {trans._n('1 value was refused', '%1 values were refused', fieldErrors.length)}
        </p>
      ) : null}
      {others.map((each, index) => (
        <p key={index} className="nl-Value-error">
          {fieldErrorText(each)}
        </p>
      ))}
      {fitsForm(draft, isWhole) ? null : (
        <p className="nl-Form-note">
          {trans.__('The body is not a JSON object: it is sent as it stands in the JSON view.')}
        </p>
      )}
      {groups(fields).map(([place, listed]) => (
        <fieldset key={place} className="nl-Form-group">
          <legend>{placeText(place, view)}</legend>
          {listed.map(field => (
            <FieldRow
              key={field.id}
              view={view}
              name={field.input.name || trans.__('body')}
              type={field.input.type}
              isRequired={field.input.required}
              schema={field.schema}
              definitions={field.definitions}
              secrets={secrets}
              note={
                place === 'header'
                  ? headerErrorText(
                      field.input.name,
                      String(valueOf(draft.values, field.input) ?? ''),
                      view
                    )
                  : ''
              }
              hint={defaultText(field.input, view)}
              isFirst={field === fields[0]}
              isPlain={place !== 'body'}
              value={valueOf(draft.values, field.input)}
              fieldErrors={fieldErrorsAbout(field, fieldErrors)}
              files={http.files(endpoint).get(field.id) ?? []}
              onFiles={
                place === 'file' ? files => http.attach(endpoint, field.id, files) : undefined
              }
              onChange={value =>
                http.update(endpoint, {
                  ...draft,
                  // The body is only rewritten where it was edited here.
                  text: place === 'body' ? null : draft.text,
                  values: withValue(draft.values, field.input, value)
                })
              }
            />
          ))}
        </fieldset>
      ))}
    </div>
  );
}

function groups(fields: readonly IField[]): readonly (readonly [Input['place'], IField[]])[] {
  const found = new Map<Input['place'], IField[]>();
  fields.forEach(field => {
    const { place } = field.input;
    found.set(place, [...(found.get(place) ?? []), field]);
  });
  return [...found];
}

function placeText(place: Input['place'], { trans }: IViewContext): string {
  switch (place) {
    case 'path':
      return trans.__('Path');
    case 'query':
      return trans.__('Query');
    case 'header':
      return trans.__('Headers');
    case 'file':
      return trans.__('Files');
    case 'form':
      return trans.__('Form fields');
    case 'body':
    case 'message':
      return trans.__('Body');
  }
}

function defaultText(input: Input, { trans }: IViewContext): string {
  if (input.required) {
    return '';
  }
  return input.default === null || input.default === undefined
    ? trans.__('left out')
    : trans.__('left out: %1', JSON.stringify(input.default));
}
