/**
 * What a screen reader is told of an export; its notification speaks for itself.
 */
import { tally, type ExportSession } from '../model';
import type { IViewContext } from '../view';
import { checkText } from './check';
import { tallyText } from './wording';

/** Say what comes of plans and checks, until the session is gone. */
export function announceExports(session: ExportSession, view: IViewContext): void {
  const { trans, say } = view;
  let plan = session.newestPlan;
  let check = session.checked;
  let failure = session.planFailure;
  session.changed.connect(() => {
    if (session.newestPlan && session.newestPlan !== plan) {
      plan = session.newestPlan;
      say(trans.__('Export planned: %1', tallyText(tally(plan.files), trans)));
    }
    if (session.checked && session.checked !== check) {
      check = session.checked;
      say(checkText(check, view));
    }
    if (session.planFailure && session.planFailure !== failure) {
      say(session.planFailure.message);
    }
    failure = session.planFailure;
  }, session);
}
