/**
 * What `{{name}}` stands for in the requests of the notebook.
 */
import * as React from 'react';
import { isNamed, type NotebookVariables } from '../../../model/preview';
import type { IViewContext } from '../../../view';
import { Pairs } from './pairs';

/** A row for each variable, and an empty one; below, what is always there. */
export function VariablesView(props: {
  readonly view: IViewContext;
  readonly variables: NotebookVariables;
  /** The address of the served notebook; empty while it is not. */
  readonly base: string;
}): JSX.Element {
  const { view, variables, base } = props;
  const { trans } = view;
  return (
    <>
      <p className="nl-Form-note">
        {trans.__(
          '%1 in a value, a header, a body or a message is sent as the value of the variable.',
          '{{name}}'
        )}
      </p>
      <Pairs
        view={view}
        words={{
          name: trans.__('Variable'),
          nameOf: number => trans.__('Name of variable %1', number),
          valueOf: number => trans.__('Value of variable %1', number),
          remove: which => trans.__('Remove variable %1', which)
        }}
        kept={variables.all}
        noteOf={(name, value) => noteText(name, value, view)}
        onChange={all => {
          variables.all = all;
        }}
      />
      {base ? <p className="nl-Form-note">{trans.__('%1 is %2', '{{base}}', base)}</p> : null}
    </>
  );
}

function noteText(name: string, value: string, { trans }: IViewContext): string {
  if (!/^[\p{L}_][\p{L}\d_-]*$/u.test(name)) {
    return trans.__('A variable’s name has letters, digits, _ and - only.');
  }
  return isNamed(name, value)
    ? trans.__('Only the name of a secret is kept: write the value itself.')
    : '';
}
