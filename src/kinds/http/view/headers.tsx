/**
 * The headers of a request, declared or not.
 */
import * as React from 'react';
import { headerError } from '../../../model/preview';
import type { IViewContext } from '../../../view';
import { Pairs } from './pairs';
import type { IRequestProps } from './props';

/** A row for each header, and an empty one. */
export function HeadersView({ view, row, http }: IRequestProps): JSX.Element {
  const { trans } = view;
  const { endpoint } = row;
  const draft = http.draft(endpoint);
  const kept = Object.entries(draft.values.headers).map(
    ([name, value]) => [name, String(value ?? '')] as const
  );
  return (
    <Pairs
      view={view}
      words={{
        name: trans.__('Header'),
        nameOf: number => trans.__('Name of header %1', number),
        valueOf: number => trans.__('Value of header %1', number),
        remove: which => trans.__('Remove header %1', which)
      }}
      kept={Object.fromEntries(kept)}
      noteOf={(name, value) => headerErrorText(name, value, view)}
      onChange={headers =>
        http.update(endpoint, { ...draft, values: { ...draft.values, headers } })
      }
    />
  );
}

/** Why a header will not do what it says. */
export function headerErrorText(name: string, value: string, { trans }: IViewContext): string {
  switch (headerError(name, value)) {
    case '':
      return '';
    case 'kept-back':
      return trans.__('Jupyter or the browser keeps this header: it does not reach the app.');
    case 'named':
      return trans.__('Only the name of a secret is kept: write the value itself.');
    case 'name':
      return trans.__('A header’s name has letters, digits and dashes only.');
    case 'value':
      return trans.__('A header can carry Latin letters only.');
  }
}
