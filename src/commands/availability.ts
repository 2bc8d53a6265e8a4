/**
 * What commands have in common: when they can be used, and their arguments. One that cannot be used
 * says why, behind its label.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { isUp } from '../model';
import type { IViewContext } from '../view';

/** What stands in a command's way, in the user's words; empty where nothing does. */
export type DisabledReason = (args: ReadonlyPartialJSONObject) => string;

/** The label of a command, and whether it is enabled. */
export function available(
  { trans }: IViewContext,
  label: string | ((args: ReadonlyPartialJSONObject) => string),
  disabledReason: DisabledReason
): Pick<CommandRegistry.ICommandOptions, 'label' | 'isEnabled'> {
  return {
    label: args => {
      const text = typeof label === 'string' ? label : label(args);
      const reason = disabledReason(args);
      return reason ? trans.__('%1 (%2)', text, reason) : text;
    },
    isEnabled: args => disabledReason(args) === ''
  };
}

/** The notebook that is meant is not open. */
export function noNotebook({ notebooks, trans }: IViewContext): DisabledReason {
  return args => (notebooks.at(pathOf(args)) ? '' : trans.__('open a notebook first'));
}

/** The notebook that is meant is not open, or does not answer. */
export function notServed(view: IViewContext): DisabledReason {
  const { notebooks, trans } = view;
  return args => {
    const served = notebooks.stateAt(pathOf(args))?.snapshot.served;
    return noNotebook(view)(args) || (isUp(served) ? '' : trans.__('serve the notebook first'));
  };
}

/** The notebook that a command is about; undefined for the one in front. */
export function pathOf(args: ReadonlyPartialJSONObject): string | undefined {
  return args.path as string | undefined;
}

/** The arguments of a command, as JupyterLab is told of them; `required` are their names. */
export function withArgs(
  properties: ReadonlyJSONObject = {},
  required?: readonly string[]
): { readonly args: ReadonlyJSONObject } {
  return { args: { type: 'object', properties, ...(required && { required }) } };
}

/** How the path of a notebook is described among them. */
export function notebookArg(trans: TranslationBundle): ReadonlyJSONObject {
  return {
    type: 'string',
    description: trans.__('The path of the notebook; left out for the one in front')
  };
}
