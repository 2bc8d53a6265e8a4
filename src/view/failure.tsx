/**
 * What an endpoint raised, for its author: the steps that are in cells, each a link.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { Failure } from '../protocol';
import type { IPreviewProps } from './kind';

/** The exception, where it came from, and the whole traceback. */
export function FailureView({
  view,
  state,
  failure
}: Pick<IPreviewProps, 'view' | 'state'> & { readonly failure: Failure }): JSX.Element {
  const { commands, trans } = view;
  const { path } = state.snapshot;
  const own = failure.frames.filter(frame => frame.cell > 0);
  return (
    <div className="nl-Failure" role="group" aria-label={trans.__('What went wrong')}>
      <p className="nl-Failure-what">
        <strong>{failure.type}</strong>
        {failure.message ? trans.__(': %1', failure.message) : null}
      </p>
      <ol className="nl-Failure-frames" reversed>
        {[...own].reverse().map((frame, index) => (
          <li key={index}>
            <button
              type="button"
              className="nl-Link"
              onClick={() =>
                void invoke(commands, CommandIDs.reveal, {
                  cellId: frame.cell_id,
                  line: frame.line,
                  path
                })
              }
            >
              {trans.__('Cell %1, line %2', frame.cell, frame.line)}
            </button>
            {frame.function ? <span> {trans.__('in %1', frame.function)}</span> : null}
            {frame.text ? <code>{frame.text}</code> : null}
          </li>
        ))}
      </ol>
      <details>
        <summary>{trans.__('Traceback')}</summary>
        <pre tabIndex={0} aria-label={trans.__('Traceback')}>
          {failure.text}
        </pre>
      </details>
    </div>
  );
}
