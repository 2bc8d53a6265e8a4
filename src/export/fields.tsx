/**
 * What the user fills in: texts that are worked out where they are left empty, and lists of lines.
 */
import * as React from 'react';

/** A line of text. What is typed stands until the focus goes, then what holds. */
export function TextField(props: {
  readonly label: string;
  readonly value: string;
  readonly error?: string;
  readonly isNumber?: boolean;
  readonly onChange: (text: string) => void;
}): JSX.Element {
  const { label, value, error, isNumber, onChange } = props;
  const id = React.useId();
  const [typed, setTyped] = React.useState<string | null>(null);
  return (
    <div className="nl-Field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="jp-mod-styled"
        spellCheck={false}
        autoComplete="off"
        inputMode={isNumber ? 'numeric' : undefined}
        value={typed ?? value}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onBlur={() => setTyped(null)}
        onChange={event => {
          setTyped(event.target.value);
          onChange(event.target.value.trim());
        }}
      />
      {error ? (
        <span id={`${id}-error`} className="nl-Field-error">
          {error}
        </span>
      ) : null}
    </div>
  );
}

/** A list, one entry a line. */
export function LinesField(props: {
  readonly label: string;
  readonly hint: string;
  readonly lines: readonly string[];
  readonly onChange: (lines: readonly string[]) => void;
}): JSX.Element {
  const { label, hint, lines, onChange } = props;
  const id = React.useId();
  const [typed, setTyped] = React.useState<string | null>(null);
  const text = lines.join('\n');
  return (
    <div className="nl-Field nl-mod-lines">
      <label htmlFor={id}>{label}</label>
      <textarea
        id={id}
        className="jp-mod-styled"
        rows={Math.min(Math.max(lines.length, 2), 6)}
        spellCheck={false}
        aria-describedby={`${id}-hint`}
        value={typed ?? text}
        onBlur={() => setTyped(null)}
        onChange={event => {
          setTyped(event.target.value);
          onChange(entries(event.target.value));
        }}
      />
      <span id={`${id}-hint`} className="nl-Hint">
        {hint}
      </span>
    </div>
  );
}

/** A box to tick. */
export function Tick(props: {
  readonly label: string;
  readonly hint: string;
  readonly isOn: boolean;
  readonly onChange: (isOn: boolean) => void;
}): JSX.Element {
  const { label, hint, isOn, onChange } = props;
  return (
    <label className="nl-Tick">
      <input type="checkbox" checked={isOn} onChange={event => onChange(event.target.checked)} />
      <span>
        {label}
        <span className="nl-Tick-hint">{hint}</span>
      </span>
    </label>
  );
}

function entries(text: string): readonly string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(Boolean);
}
