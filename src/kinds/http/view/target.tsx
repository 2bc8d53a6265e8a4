/**
 * What answers, how it stands, and what would help where it cannot.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commandids';
import type { KernelNeed } from '../../../protocol';
import type { SendError } from '../../../model/preview';
import {
  Button,
  CommandLine,
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
      {'need' in reason ? <RunCell view={view} path={path} need={reason.need} /> : null}
      {isOfKernel || http.targets.needsServing ? null : (
        <StatusAction status={status} path={path} view={view} />
      )}
      {isOfKernel && reason.kind === 'kernel' && reason.status === 'dead' ? (
        <RestartKernel view={view} path={path} />
      ) : null}
    </span>
  );
}

/** Why a call was not answered, with what would help. */
export function SendErrorView({
  view,
  state,
  error
}: Pick<IPreviewProps, 'view' | 'state'> & { readonly error: SendError }): JSX.Element {
  const { commands, trans } = view;
  const { path } = state.snapshot;
  return (
    <div className="nl-Answer-failure">
      <p>{sendErrorText(error, view)}</p>
      {'need' in error ? <RunCell view={view} path={path} need={error.need} /> : null}
      {error.kind === 'lacking' && error.command ? (
        <CommandLine command={error.command} trans={trans} />
      ) : null}
      {error.kind === 'kernel' && error.status === 'dead' ? (
        <RestartKernel view={view} path={path} />
      ) : null}
      {error.kind === 'remote' || error.kind === 'too-large' ? (
        <Button onClick={() => void invoke(commands, CommandIDs.serve, { path })}>
          {trans.__('Serve notebook')}
        </Button>
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

function RunCell(props: {
  readonly view: IViewContext;
  readonly path: string;
  readonly need: KernelNeed;
}): JSX.Element {
  const { view, path, need } = props;
  const { commands, trans } = view;
  return (
    <Button
      onClick={() => void invoke(commands, CommandIDs.runCell, { cellId: need.cell_id, path })}
    >
      {trans.__('Run cell %1', need.cell)}
    </Button>
  );
}

function RestartKernel(props: { readonly view: IViewContext; readonly path: string }): JSX.Element {
  const { view, path } = props;
  const { commands, trans } = view;
  return (
    <Button onClick={() => void invoke(commands, CommandIDs.restartKernel, { path })}>
      {trans.__('Restart kernel')}
    </Button>
  );
}
