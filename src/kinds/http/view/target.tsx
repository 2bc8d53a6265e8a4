/**
 * What answers, how it stands, and what would help where it cannot.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commands/ids';
import type { KernelNeed } from '../../../protocol';
import type { Refusal } from '../../../model/preview';
import {
  Button,
  CommandLine,
  Condition,
  Remedy,
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
  const { target } = http;
  const condition = http.condition(endpoint, row.condition);
  const { reason } = condition;
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
            http.chooseTarget(event.target.value === 'kernel' ? 'kernel' : 'worker')
          }
        >
          {http.targets.map(kind => (
            <option key={kind} value={kind}>
              {kind === 'kernel' ? trans.__('live kernel') : trans.__('worker')}
            </option>
          ))}
        </select>
      </label>
      <Condition condition={condition} trans={trans} />
      {why ? (
        <span className="nl-Request-why" title={why}>
          {why}
        </span>
      ) : null}
      {'need' in reason ? <RunCell view={view} path={path} need={reason.need} /> : null}
      {isOfKernel || http.needsServing ? null : (
        <Remedy condition={condition} path={path} view={view} />
      )}
      {isOfKernel && reason.kind === 'kernel' && reason.status === 'dead' ? (
        <RestartKernel view={view} path={path} />
      ) : null}
    </span>
  );
}

/** Why a call was not answered, with what would help. */
export function RefusalView({
  view,
  state,
  refusal
}: Pick<IPreviewProps, 'view' | 'state'> & { readonly refusal: Refusal }): JSX.Element {
  const { commands, trans } = view;
  const { path } = state.snapshot;
  return (
    <div className="nl-Answer-failure">
      <p>{refusalText(refusal, view)}</p>
      {'need' in refusal ? <RunCell view={view} path={path} need={refusal.need} /> : null}
      {refusal.kind === 'lacking' && refusal.command ? (
        <CommandLine command={refusal.command} trans={trans} />
      ) : null}
      {refusal.kind === 'kernel' && refusal.status === 'dead' ? (
        <RestartKernel view={view} path={path} />
      ) : null}
      {refusal.kind === 'remote' || refusal.kind === 'too-large' ? (
        <Button onClick={() => void invoke(commands, CommandIDs.serve, { path })}>
          {trans.__('Serve notebook')}
        </Button>
      ) : null}
    </div>
  );
}

/** What happened, and what can be done about it. */
export function refusalText(refusal: Refusal, { trans }: IViewContext): string {
  switch (refusal.kind) {
    case 'told':
      return refusal.text;
    case 'not-served':
      return trans.__('The notebook is not served any more.');
    case 'undefined':
      return reasonText({ kind: 'run-first', need: refusal.need }, trans);
    case 'taken':
      return reasonText(refusal, trans);
    case 'lacking':
      return refusal.reason;
    case 'kernel':
      return kernelText(refusal.status, trans);
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
        bytesText(refusal.bytes, trans),
        bytesText(refusal.most, trans)
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
