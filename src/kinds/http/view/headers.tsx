/**
 * The headers of a request, declared or not.
 */
import * as React from 'react';
import { headerError, isSecret } from '../../../model/preview';
import { Button, type IViewContext } from '../../../view';
import { SecretInput } from './field';
import type { IRequestProps } from './props';

type Pair = readonly [string, string];

/** A row for each header, and an empty one. */
export function HeadersView({ view, row, http }: IRequestProps): JSX.Element {
  const { trans } = view;
  const { endpoint } = row;
  const draft = http.draft(endpoint);
  const kept = draft.values.headers;
  const said = React.useId();
  const [written, setWritten] = React.useState<readonly Pair[]>([]);
  const isOwn = JSON.stringify(asHeaders(written)) === JSON.stringify(kept);
  const pairs: readonly Pair[] = isOwn
    ? written
    : Object.entries(kept).map(([name, value]) => [name, String(value ?? '')]);
  const change = (next: readonly Pair[]): void => {
    setWritten(next);
    http.update(endpoint, { ...draft, values: { ...draft.values, headers: asHeaders(next) } });
  };
  const shown: readonly Pair[] = [...pairs, ['', '']];
  return (
    <div className="nl-Headers">
      {shown.map(([name, value], index) => {
        const error = name ? headerErrorText(name, value, view) : '';
        const put = (pair: Pair): void => {
          const next = shown.map((each, at) => (at === index ? pair : each));
          change(next.filter((each, at) => at < pairs.length || each[0] !== '' || each[1] !== ''));
        };
        return (
          <div key={index} className="nl-Headers-row">
            <input
              className="nl-Input"
              aria-label={trans.__('Name of header %1', index + 1)}
              placeholder={trans.__('Header')}
              spellCheck={false}
              value={name}
              onChange={event => put([event.target.value, value])}
            />
            <Value
              aria-label={trans.__('Value of header %1', index + 1)}
              aria-describedby={error ? `${said}-${index}` : undefined}
              placeholder={trans.__('Value')}
              view={view}
              isSecret={isSecret(name)}
              text={value}
              onChange={text => put([name, text])}
            />
            {index < pairs.length ? (
              <Button
                look="quiet"
                aria-label={trans.__('Remove header %1', name || index + 1)}
                onClick={() => change(pairs.filter((_, at) => at !== index))}
              >
                ✕
              </Button>
            ) : null}
            {error ? (
              <p id={`${said}-${index}`} className="nl-Form-note">
                {error}
              </p>
            ) : null}
          </div>
        );
      })}
    </div>
  );
}

function Value(
  props: {
    readonly view: IViewContext;
    readonly isSecret: boolean;
    readonly text: string;
    readonly onChange: (text: string) => void;
  } & Omit<React.InputHTMLAttributes<HTMLInputElement>, 'onChange'>
): JSX.Element {
  const { view, isSecret: isMasked, text, onChange, ...rest } = props;
  return isMasked ? (
    <SecretInput {...rest} view={view} text={text} onChange={onChange} />
  ) : (
    <input
      {...rest}
      className="nl-Input"
      spellCheck={false}
      value={text}
      onChange={event => onChange(event.target.value)}
    />
  );
}

function asHeaders(pairs: readonly Pair[]): Readonly<Record<string, string>> {
  return Object.fromEntries(pairs.filter(([name]) => name !== ''));
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
