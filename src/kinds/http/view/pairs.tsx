/**
 * Names with their values, a row for each, and an empty one.
 */
import * as React from 'react';
import { isSecret } from '../../../model/preview';
import { Button, type IViewContext } from '../../../view';
import { SecretInput, type IInputProps } from './field';

type Pair = readonly [string, string];
type Named = Readonly<Record<string, string>>;

/** What the rows are called. */
interface IPairWords {
  readonly name: string;
  readonly nameOf: (number: number) => string;
  readonly valueOf: (number: number) => string;
  readonly remove: (which: string) => string;
}

/** The rows. Values of secrets are masked. */
export function Pairs(props: {
  readonly view: IViewContext;
  readonly words: IPairWords;
  readonly kept: Named;
  /** What is to be said of a row, empty where nothing is. */
  readonly noteOf: (name: string, value: string) => string;
  readonly onChange: (kept: Named) => void;
}): JSX.Element {
  const { view, words, kept, noteOf, onChange } = props;
  const said = React.useId();
  const [written, setWritten] = React.useState<readonly Pair[]>([]);
  // A row without a name, or with that of another, is on its way.
  const isOwn = JSON.stringify(asNamed(written)) === JSON.stringify(kept);
  const pairs = isOwn ? written : Object.entries(kept);
  const change = (next: readonly Pair[]): void => {
    setWritten(next);
    onChange(asNamed(next));
  };
  const shown: readonly Pair[] = [...pairs, ['', '']];
  return (
    <div className="nl-Headers">
      {shown.map(([name, value], index) => {
        const note = name ? noteOf(name, value) : '';
        const put = (pair: Pair): void => {
          const next = shown.map((each, at) => (at === index ? pair : each));
          change(next.filter((each, at) => at < pairs.length || each[0] !== '' || each[1] !== ''));
        };
        return (
          <div key={index} className="nl-Headers-row">
            <input
              className="nl-Input"
              aria-label={words.nameOf(index + 1)}
              placeholder={words.name}
              spellCheck={false}
              value={name}
              onChange={event => put([event.target.value, value])}
            />
            <Value
              aria-label={words.valueOf(index + 1)}
              aria-describedby={note ? `${said}-${index}` : undefined}
              placeholder={view.trans.__('Value')}
              view={view}
              isSecret={isSecret(name)}
              text={value}
              onChange={text => put([name, text])}
            />
            {index < pairs.length ? (
              <Button
                look="quiet"
                aria-label={words.remove(name || String(index + 1))}
                onClick={() => change(pairs.filter((_, at) => at !== index))}
              >
                ✕
              </Button>
            ) : null}
            {note ? (
              <p id={`${said}-${index}`} className="nl-Form-note">
                {note}
              </p>
            ) : null}
          </div>
        );
      })}
    </div>
  );
}

function Value(props: IInputProps & { readonly isSecret: boolean }): JSX.Element {
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

function asNamed(pairs: readonly Pair[]): Named {
  return Object.fromEntries(pairs.filter(([name]) => name !== ''));
}
