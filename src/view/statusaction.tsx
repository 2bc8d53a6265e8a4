/**
 * The one thing that leads on from a state, as a button beside its word.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { IStatus } from '../model';
import type { IViewContext } from './context';
import { Button } from './pieces';

/** Nothing where there is nothing to do, or where more than one thing could be. */
export function StatusAction(props: {
  readonly status: IStatus;
  /** The notebook's contents path. */
  readonly path: string;
  readonly view: IViewContext;
}): JSX.Element | null {
  const { status, path, view } = props;
  const action = statusActionOf(status, view.trans);
  return action ? (
    <Button look="quiet" onClick={() => void invoke(view.commands, action.command, { path })}>
      {action.text}
    </Button>
  ) : null;
}

/** The button that serves a notebook, where a preview cannot go on without. */
export function ServeButton(
  props: {
    /** The notebook's contents path. */
    readonly path: string;
    readonly view: IViewContext;
  } & Pick<React.ComponentProps<typeof Button>, 'look'>
): JSX.Element {
  const { path, view, ...rest } = props;
  const { commands, trans } = view;
  return (
    <Button {...rest} onClick={() => void invoke(commands, CommandIDs.serve, { path })}>
      {trans.__('Serve notebook')}
    </Button>
  );
}

/** The command that leads on, and the word for it where it stands beside the state. */
export function statusActionOf(
  { kind, reason }: IStatus,
  trans: TranslationBundle
): {
  readonly command: typeof CommandIDs.serve | typeof CommandIDs.update | typeof CommandIDs.save;
  readonly text: string;
} | null {
  if (kind === 'not-served' || kind === 'stopped') {
    return { command: CommandIDs.serve, text: trans.__('Serve') };
  }
  if (kind === 'outdated' || reason.kind === 'update') {
    return { command: CommandIDs.update, text: trans.__('Make live') };
  }
  return kind === 'edited' ? { command: CommandIDs.save, text: trans.__('Save') } : null;
}
