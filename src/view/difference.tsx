/**
 * Two texts, line by line.
 */
import * as React from 'react';
import { difference } from '../model/preview';

const MARKS = { same: ' ', removed: '−', added: '+' } as const;

/** What was taken out and put in, in one list. */
export function DifferenceLines(props: {
  readonly before: string;
  readonly after: string;
  readonly label: string;
  /** What is said where there is no difference. */
  readonly same: string;
}): JSX.Element {
  const { before, after, label, same } = props;
  const lines = React.useMemo(() => difference(before, after), [before, after]);
  if (lines.every(each => each.kind === 'same')) {
    return <p className="nl-Form-note">{same}</p>;
  }
  return (
    <pre className="nl-Difference-lines" role="region" tabIndex={0} aria-label={label}>
      {lines.map(({ kind, text }, index) => (
        <span key={index} data-kind={kind}>
          {`${MARKS[kind]} ${text}\n`}
        </span>
      ))}
    </pre>
  );
}
