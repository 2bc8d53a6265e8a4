/**
 * In which time zone times are told.
 */

/** The schedule's own, that of who looks, or UTC. */
export type ZoneChoice = 'schedule' | 'local' | 'utc';

/** The name of a zone, as `Intl` takes it. */
export function zoneName(choice: ZoneChoice, schedule: string): string {
  switch (choice) {
    case 'schedule':
      return schedule || 'UTC';
    case 'local':
      return Intl.DateTimeFormat().resolvedOptions().timeZone;
    case 'utc':
      return 'UTC';
  }
}
