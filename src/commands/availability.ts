/**
 * When a command can be used; one that cannot says why, behind its label.
 */
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { isUp } from '../model';
import type { IViewContext } from '../view';

/** What stands in a command's way, in the user's words; empty where nothing does. */
export type Obstacle = (args: ReadonlyPartialJSONObject) => string;

/** The label of a command, and whether it is enabled. */
export function available(
  { trans }: IViewContext,
  label: string | ((args: ReadonlyPartialJSONObject) => string),
  obstacle: Obstacle
): Pick<CommandRegistry.ICommandOptions, 'label' | 'isEnabled'> {
  return {
    label: args => {
      const text = typeof label === 'string' ? label : label(args);
      const reason = obstacle(args);
      return reason ? trans.__('%1 (%2)', text, reason) : text;
    },
    isEnabled: args => obstacle(args) === ''
  };
}

/** No notebook is open. */
export function noNotebook({ model, trans }: IViewContext): Obstacle {
  return () => (model.panel ? '' : trans.__('open a notebook first'));
}

/** The notebook that is meant is not open, or does not answer. */
export function notServed({ model, trans }: IViewContext): Obstacle {
  return args => {
    const panel = model.panelAt(args.path as string | undefined);
    if (!panel) {
      return trans.__('open a notebook first');
    }
    const { served } = model.state(panel.context).snapshot;
    return isUp(served) ? '' : trans.__('serve the notebook first');
  };
}
