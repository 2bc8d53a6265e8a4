/**
 * The one thing that leads on from a state, as a button beside its word.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import { CommandIDs, invoke } from '../commands/ids';
import type { ICondition } from '../model';
import type { IViewContext } from './context';
import { Button } from './pieces';

/** Nothing where there is nothing to do, or where more than one thing could be. */
export function Remedy(props: {
  readonly condition: ICondition;
  /** The notebook's contents path. */
  readonly path: string;
  readonly view: IViewContext;
}): JSX.Element | null {
  const { condition, path, view } = props;
  const remedy = remedyOf(condition, view.trans);
  return remedy ? (
    <Button look="quiet" onClick={() => void invoke(view.commands, remedy.command, { path })}>
      {remedy.text}
    </Button>
  ) : null;
}

function remedyOf(
  { word, reason }: ICondition,
  trans: TranslationBundle
): {
  readonly command: typeof CommandIDs.serve | typeof CommandIDs.update | typeof CommandIDs.save;
  readonly text: string;
} | null {
  if (word === 'not-served' || word === 'stopped') {
    return { command: CommandIDs.serve, text: trans.__('Serve') };
  }
  if (word === 'outdated' || reason.kind === 'update') {
    return { command: CommandIDs.update, text: trans.__('Make live') };
  }
  return word === 'edited' ? { command: CommandIDs.save, text: trans.__('Save') } : null;
}
