/**
 * What the function of a WebSocket has printed, for its author.
 */
import * as React from 'react';
import type { IConsoleProps } from './props';
import { timeText } from './wording';

/** The newest lines, folded up to the last one. */
export function Prints({ socket, view }: IConsoleProps): JSX.Element | null {
  const { trans } = view;
  const { prints } = socket;
  const last = prints[prints.length - 1];
  if (!last) {
    return null;
  }
  return (
    <details className="nl-Prints">
      <summary>
        <span className="nl-Prints-label">{trans.__('Printed')}</span>
        <code>{last.text}</code>
      </summary>
      <div className="nl-Prints-lines" role="region" aria-label={trans.__('Printed')} tabIndex={0}>
        {prints.map((print, index) => (
          <React.Fragment key={index}>
            <span>{timeText(print.at * 1000)}</span>
            <span>{socket.nameOf(print)}</span>
            <code>{print.text}</code>
          </React.Fragment>
        ))}
      </div>
    </details>
  );
}
