/**
 * What became of the ticks: how each ended, what it printed, where it failed.
 */
import * as React from 'react';
import type { JournalFeed, StatusKind } from '../../../model';
import { newestFirst, outcomes } from '../model';
import type { Run } from '../../../protocol';
import {
  Glyph,
  millisecondsText,
  momentText,
  outcomeText,
  type IPreviewProps
} from '../../../view';
import { FailureView } from '../../../view/failure';

const SHOWN = 100;

const WORDS: Readonly<Record<Run['outcome'], StatusKind>> = {
  ok: 'live',
  failed: 'problem',
  skipped: 'paused',
  missed: 'serving-previous'
};

interface IRunsProps extends IPreviewProps {
  readonly feed: JournalFeed;
  /** The time zone to tell times in. */
  readonly zone: string;
}

/** The newest runs first. */
export function Runs(props: IRunsProps): JSX.Element {
  const { feed, view } = props;
  const { trans } = view;
  const runs = feed.journal?.runs ?? [];
  const counts = outcomes(runs);
  const told = [
    trans.__('%1 ok', counts.ok),
    trans.__('%1 failed', counts.failed),
    counts.skipped > 0 &&
      trans.__('%1 skipped because the one before was still running', counts.skipped),
    counts.missed > 0 && trans.__('%1 missed', counts.missed)
  ];
  return (
    <section className="nl-Runs" aria-label={trans.__('Runs')}>
      <h3>{trans.__('Runs')}</h3>
      {feed.failure ? <p className="nl-Hint">{feed.failure.message}</p> : null}
      {runs.length === 0 ? (
        <p className="nl-Hint">{trans.__('It has not run since the notebook is served.')}</p>
      ) : (
        <>
          <p className="nl-Hint">{told.filter(Boolean).join(' · ')}</p>
          <ul className="nl-Runs-list">
            {newestFirst(runs, SHOWN).map(run => (
              <RunItem key={`${run.started} ${run.due} ${run.outcome}`} {...props} run={run} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

function RunItem(props: IRunsProps & { readonly run: Run }): JSX.Element {
  const { run, zone, view, state } = props;
  const { trans } = view;
  const { outcome, failure, output } = run;
  const due = new Date(run.due * 1000).toISOString();
  const hasRun = outcome === 'ok' || outcome === 'failed';
  return (
    <li className="nl-Run" data-outcome={outcome}>
      <div className="nl-Run-line">
        <span className="nl-StatusKind" data-word={WORDS[outcome]}>
          <Glyph kind={WORDS[outcome]} />
          <span>{outcomeText(outcome, trans)}</span>
        </span>
        <span>{momentText(due, zone, view.locale, { second: '2-digit' })}</span>
        {hasRun ? <span>{millisecondsText(run.duration_ms, trans)}</span> : null}
      </div>
      {failure ? <FailureView view={view} state={state} failure={failure} /> : null}
      {output ? (
        <pre className="nl-Run-output" aria-label={trans.__('Printed')} tabIndex={0}>
          {output}
        </pre>
      ) : null}
    </li>
  );
}
