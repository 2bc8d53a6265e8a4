/**
 * What one can do to a schedule that is armed: run it now, let it rest, let it go on.
 */
import { showErrorMessage } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { isUp, type IRow } from '../../model';
import type { ScheduleRequest, Served } from '../../protocol';
import type { IViewContext } from '../../view';
import {
  available,
  notServed,
  notebookArg,
  withArgs,
  type DisabledReason
} from '../../commands/availability';
import { CommandIDs } from '../../commandids';
import { located } from '../../commands/locate';

/** The schedule that is meant, and where it is served. */
interface IArmed {
  readonly row: IRow;
  readonly served: Served;
}

/** Register the commands about schedules. */
export function registerSchedules(view: IViewContext): void {
  const { commands, trans } = view;
  const describedBy = withArgs({
    key: { type: 'string', description: trans.__('The schedule; left out for the active cell') },
    path: notebookArg(trans)
  });
  const isPaused = (args: ReadonlyPartialJSONObject): boolean =>
    find(view, args)?.row.isPaused ?? false;
  const unarmed: DisabledReason = args =>
    notServed(view)(args) || (find(view, args) ? '' : trans.__('select the cell of a schedule'));
  commands.addCommand(CommandIDs.runSchedule, {
    ...available(view, trans.__('Run Schedule Now'), unarmed),
    caption: trans.__('Run the scheduled function once, beside its clock'),
    describedBy,
    execute: args => act(view, args, 'run')
  });
  commands.addCommand(CommandIDs.pauseSchedule, {
    ...available(
      view,
      args => (isPaused(args) ? trans.__('Resume Schedule') : trans.__('Pause Schedule')),
      unarmed
    ),
    caption: trans.__('Let the clock of the schedule rest, or go on'),
    describedBy,
    execute: args => act(view, args, isPaused(args) ? 'resume' : 'pause')
  });
}

async function act(
  view: IViewContext,
  args: ReadonlyPartialJSONObject,
  action: ScheduleRequest['action']
): Promise<void> {
  const { model, trans } = view;
  const found = find(view, args);
  if (!found) {
    return;
  }
  const { row, served } = found;
  try {
    await model.api.actOnSchedule(served.id, { key: row.endpoint.key, action });
  } catch (error) {
    const title =
      action === 'run'
        ? trans.__('The schedule was not run')
        : action === 'pause'
          ? trans.__('The schedule was not paused')
          : trans.__('The schedule was not resumed');
    await showErrorMessage(title, error as Error);
  }
}

/** The schedule that is meant; null where it is not served. */
function find(view: IViewContext, args: ReadonlyPartialJSONObject): IArmed | null {
  const found = located(view, args, 'schedule');
  const served = found?.state.snapshot.served;
  return found && isUp(served) ? { row: found.row, served } : null;
}
