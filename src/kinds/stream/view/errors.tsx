/**
 * What went wrong in a stream, the newest first, each with a link to its line.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commandids';
import type { StreamFault } from '../../../protocol';
import { clockText, type IPreviewProps } from '../../../view';

const SHOWN = 20;

interface IErrorsProps extends Pick<IPreviewProps, 'view' | 'state'> {
  readonly errors: readonly StreamFault[];
}

/** Nothing where nothing went wrong. */
export function Errors(props: IErrorsProps): JSX.Element | null {
  const { errors, view } = props;
  const { trans } = view;
  if (errors.length === 0) {
    return null;
  }
  return (
    <section className="nl-Stream-part" aria-label={trans.__('Errors')}>
      <h3>{trans.__('Errors (%1)', errors.length)}</h3>
      <ul className="nl-Stream-errors">
        {errors.slice(0, SHOWN).map((fault, index) => (
          <Fault key={`${fault.at} ${index}`} {...props} fault={fault} />
        ))}
      </ul>
      {errors.length > SHOWN ? (
        <p className="nl-Hint">{trans.__('%1 older ones are not shown.', errors.length - SHOWN)}</p>
      ) : null}
    </section>
  );
}

function Fault(props: IErrorsProps & { readonly fault: StreamFault }): JSX.Element {
  const { fault, view, state } = props;
  const { commands, notebooks, trans } = view;
  const { path } = state.snapshot;
  const cells = notebooks.at(path)?.content.model?.cells;
  const cellId = fault.cell > 0 ? cells?.get(fault.cell - 1)?.id : undefined;
  const place = trans.__('Cell %1, line %2', fault.cell, fault.line);
  return (
    <li>
      <div>
        <span className="nl-Stream-time">{clockText(fault.at * 1000, view.locale)}</span>{' '}
        <strong>{fault.kind}</strong> {fault.message}
      </div>
      <div className="nl-Hint">
        {fault.cell === 0 ? null : cellId === undefined ? (
          place
        ) : (
          <button
            type="button"
            className="nl-Link"
            onClick={() =>
              void invoke(commands, CommandIDs.reveal, { cellId, line: fault.line, path })
            }
          >
            {place}
          </button>
        )}{' '}
        {fault.value ? trans.__('for %1', fault.value) : null}{' '}
        {trans.__('in version %1', fault.version)}
      </div>
      {fault.traceback ? (
        <details>
          <summary>{trans.__('Traceback')}</summary>
          <pre tabIndex={0} aria-label={trans.__('Traceback')}>
            {fault.traceback}
          </pre>
        </details>
      ) : null}
    </li>
  );
}
