/**
 * The kind @SCHEDULE.
 */
import { CommandIDs, menuItem } from '../../commandids';
import type { ScheduleEndpoint } from '../../protocol';
import type { IKind } from '../../view';
import { registerSchedules } from './commands';
import { Clockwork, Countdown, Timing } from './row';
import { TimelineView } from './view';

export const SCHEDULE: IKind<ScheduleEndpoint> = {
  name: 'schedule',
  section: 'schedules',
  sample: trans => ({
    title: trans.__('Schedule'),
    about: trans.__('Runs a function by the clock.'),
    command: trans.__('Insert a Schedule Cell')
  }),
  title: (trans, count) => trans.__('Schedules (%1)', count),
  subject: endpoint => endpoint.function || endpoint.timing,
  scheme: () => null,
  tryText: trans => trans.__('Timeline'),
  Usage: Countdown,
  Summary: Timing,
  Actions: Clockwork,
  menu: at => [
    menuItem(CommandIDs.runSchedule, at),
    menuItem(CommandIDs.pauseSchedule, at),
    menuItem(CommandIDs.generate, at)
  ],
  register: registerSchedules,
  Preview: TimelineView
};
