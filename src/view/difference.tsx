/**
 * What is taken out of a text and put in, line by line.
 */
import * as React from 'react';
import { difference, type IDifference } from '../model/preview';

const MARKS = { same: '  ', removed: '− ', added: '+ ', place: '' } as const;

/** The lines of a difference, in one list. */
export function DifferenceLines(props: {
  readonly lines: readonly IDifference[];
  readonly label: string;
}): JSX.Element {
  return (
    <pre className="nl-Difference-lines" role="region" tabIndex={0} aria-label={props.label}>
      {props.lines.map(({ kind, text }, index) => (
        <span key={index} data-kind={kind}>
          {`${MARKS[kind]}${text}\n`}
        </span>
      ))}
    </pre>
  );
}

/** How one text becomes another. */
export function TextDifference(props: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
  /** What is said where there is no difference. */
  readonly same: string;
}): JSX.Element {
  const { before, after, label, same } = props;
  const lines = React.useMemo(() => difference(before, after), [before, after]);
  return lines.every(each => each.kind === 'same') ? (
    <p className="nl-Form-note">{same}</p>
  ) : (
    <DifferenceLines lines={lines} label={label} />
  );
}
