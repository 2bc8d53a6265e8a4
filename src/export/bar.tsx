/**
 * The buttons, always in view, and how far what they began is. At the top: notifications cover the
 * bottom.
 */
import * as React from 'react';
import { optionErrors, fraction, type AnyJob, type ExportSession } from '../model';
import { Button, ICONS, lastExportText, type IViewContext } from '../view';
import type { ExportActions } from './actions';
import { progressText } from './wording';

/** Check, Export, Cancel. */
export function Bar(props: {
  readonly session: ExportSession;
  readonly actions: ExportActions;
  readonly view: IViewContext;
}): JSX.Element {
  const { session, actions, view } = props;
  const { trans } = view;
  const { running } = session;
  const disabledReason = disabledReasonText(session, view);
  return (
    <div className="nl-ExportBar">
      <div className="nl-ExportBar-buttons">
        <Button
          look="primary"
          icon={ICONS.export}
          disabledReason={disabledReason}
          onClick={() => void actions.export()}
        >
          {trans.__('Export')}
        </Button>
        <Button disabledReason={disabledReason} onClick={() => void actions.check()}>
          {trans.__('Check in a fresh process')}
        </Button>
        {running ? (
          <Button
            disabledReason={running.state === 'cancelling' ? trans.__('It is being cancelled') : ''}
            onClick={() => void running.cancel()}
          >
            {trans.__('Cancel')}
          </Button>
        ) : null}
      </div>
      <Status session={session} view={view} />
    </div>
  );
}

function Status(props: {
  readonly session: ExportSession;
  readonly view: IViewContext;
}): JSX.Element {
  const { session, view } = props;
  const { trans } = view;
  const job: AnyJob | null = session.running ?? session.planning;
  if (job) {
    const done = job.progress && fraction(job.progress);
    const text = progressText(job.progress, trans);
    return (
      <div className="nl-ExportBar-status">
        <progress aria-label={text} value={done ?? undefined} max={1} />
        <span>{job.state === 'cancelling' ? trans.__('Cancelling…') : text}</span>
      </div>
    );
  }
  return <div className="nl-ExportBar-status">{lastExportText(session, trans, view.locale)}</div>;
}

/** Why nothing can be begun now. */
function disabledReasonText(session: ExportSession, { trans }: IViewContext): string {
  if (session.running) {
    return trans.__('Wait for what is running, or cancel it');
  }
  if (optionErrors(session.draft).length > 0) {
    return trans.__('Fix the marked options first');
  }
  const isUnsound =
    session.newestPlan?.diagnostics.some(each => each.severity === 'error') ?? false;
  return isUnsound && !session.isPlanStale ? trans.__('Fix the problems below first') : '';
}
