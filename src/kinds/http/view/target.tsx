/**
 * What answers, how it stands, and what would help where it cannot.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commandids';
import type { Reason } from '../../../model';
import type { SendError } from '../../../model/preview';
import {
  Button,
  CommandLine,
  ServeButton,
  StatusLabel,
  StatusAction,
  bytesText,
  kernelText,
  reasonText,
  type IViewContext,
  type IPreviewProps
} from '../../../view';
import type { IRequestProps } from './props';

/** The target beside Send: a picker, its state and, where it is not ready, why. */
export function Target(props: IRequestProps): JSX.Element {
  const { view, row, http, state } = props;
  const { trans } = view;
  const { path } = state.snapshot;
  const { endpoint } = row;
  const { current: target } = http.targets;
  const status = http.targets.status(endpoint, row.status);
  const { reason } = status;
  const isOfKernel = target.kind === 'kernel';
  const why = isOfKernel ? reasonText(reason, trans) : '';
  return (
    <span className="nl-Request-target">
      <label className="nl-Request-picker">
        {trans.__('Target')}
        <select
          className="nl-Select"
          value={target.kind}
          onChange={event =>
            http.targets.choose(event.target.value === 'kernel' ? 'kernel' : 'worker')
          }
        >
          {http.targets.kinds.map(kind => (
            <option key={kind} value={kind}>
              {kind === 'kernel' ? trans.__('live kernel') : trans.__('worker')}
            </option>
          ))}
        </select>
      </label>
      <StatusLabel status={status} trans={trans} />
      {why ? (
        <span className="nl-Request-why" title={why}>
          {why}
        </span>
      ) : null}
      <KernelRemedy reason={reason} path={path} view={view} />
      {isOfKernel || http.targets.needsServing ? null : (
        <StatusAction status={status} path={path} view={view} />
      )}
    </span>
  );
}

/** Why a call was not answered, with what would help. */
export function SendErrorView({
  view,
  state,
  error
}: Pick<IPreviewProps, 'view' | 'state'> & { readonly error: SendError }): JSX.Element {
  const { path } = state.snapshot;
  return (
    <div className="nl-Answer-failure">
      <p>{sendErrorText(error, view)}</p>
      <KernelRemedy reason={error} path={path} view={view} />
      {error.kind === 'lacking' && error.command ? (
        <CommandLine command={error.command} trans={view.trans} />
      ) : null}
      {error.kind === 'remote' || error.kind === 'too-large' ? (
        <ServeButton path={path} view={view} />
      ) : null}
    </div>
  );
}

/** What happened, and what can be done about it. */
export function sendErrorText(error: SendError, { trans }: IViewContext): string {
  switch (error.kind) {
    case 'told':
      return error.text;
    case 'not-served':
      return trans.__('The notebook is not served any more.');
    case 'undefined':
      return reasonText({ kind: 'run-first', need: error.need }, trans);
    case 'taken':
      return reasonText(error, trans);
    case 'lacking':
      return error.reason;
    case 'kernel':
      return kernelText(error.status, trans);
    case 'dropped':
      return trans.__(
        'A cell that ran before it failed, and Jupyter dropped what was waiting. Send again.'
      );
    case 'interrupted':
      return trans.__('The kernel was interrupted before it had answered.');
    case 'remote':
      return trans.__(
        'The kernel runs where it cannot read the files of this server. Serve the notebook, and send to the worker.'
      );
    case 'too-large':
      return trans.__(
        'The request has %1; at most %2 go to a live kernel. Serve the notebook, and send to the worker.',
        bytesText(error.bytes, trans),
        bytesText(error.most, trans)
      );
  }
}

/** What would have a kernel answer: to run the cell that it lacks, or to restart a dead one. */
function KernelRemedy(props: {
  readonly reason: Reason | SendError;
  readonly path: string;
  readonly view: IViewContext;
}): JSX.Element | null {
  const { reason, path, view } = props;
  const { commands, trans } = view;
  if ('need' in reason) {
    const { cell, cell_id: cellId } = reason.need;
    return (
      <Button onClick={() => void invoke(commands, CommandIDs.runCell, { cellId, path })}>
        {trans.__('Run cell %1', cell)}
      </Button>
    );
  }
  return reason.kind === 'kernel' && reason.status === 'dead' ? (
    <Button onClick={() => void invoke(commands, CommandIDs.restartKernel, { path })}>
      {trans.__('Restart kernel')}
    </Button>
  ) : null;
}
