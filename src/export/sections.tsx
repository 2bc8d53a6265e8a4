/**
 * What would be written and why, part by part; a new part is a row in the table.
 */
import * as React from 'react';
import { CallFailed } from '../api';
import { tally, tick } from '../model';
import type { Diagnostic } from '../protocol';
import { Button, CommandLine, ProblemList, Section, useSignals, type ISection } from '../view';
import { Cells } from './cells';
import { CheckResult } from './check';
import { Files } from './files';
import { Extras } from './options';
import type { IExportProps, IPlanProps } from './props';
import { Requirements } from './requirements';
import { tallyText } from './wording';

const SECTIONS: readonly ISection<IPlanProps>[] = [
  {
    id: 'problems',
    title: ({ plan }, trans) => trans.__('Problems (%1)', plan.diagnostics.length),
    isShown: ({ plan }) => plan.diagnostics.length > 0,
    body: ({ plan, view, goTo }) => (
      <ProblemList diagnostics={plan.diagnostics} goTo={goTo} trans={view.trans} />
    )
  },
  {
    id: 'cells',
    title: ({ plan, session }, trans) => {
      const isIn = plan.cells.filter(cell => tick(cell, session.draft).isOn);
      return trans.__('Cells (%1 of %2)', isIn.length, plan.cells.length);
    },
    body: props => <Cells {...props} />
  },
  {
    id: 'requirements',
    title: ({ plan }, trans) => trans.__('Requirements (%1)', plan.requirements.length),
    isShown: ({ plan }) => plan.requirements.length > 0,
    body: props => <Requirements {...props} />
  },
  {
    id: 'extras',
    title: (_, trans) => trans.__('Further files and packages'),
    body: props => <Extras {...props} />
  },
  {
    id: 'files',
    title: ({ plan }, trans) => {
      const text = tallyText(tally(plan.files), trans);
      return text ? trans.__('Files: %1', text) : trans.__('Files');
    },
    isShown: ({ plan }) => plan.files.length > 0,
    body: props => <Files {...props} />
  },
  {
    id: 'cli',
    title: (_, trans) => trans.__('The same on the command line'),
    isShown: ({ plan }) => plan.cli !== '',
    body: ({ plan, view }) => <CommandLine command={plan.cli} trans={view.trans} />
  }
];

/** All parts, or why there are none. */
export function Sections(props: IExportProps): JSX.Element {
  const { session, view, collapsed } = props;
  const { trans } = view;
  useSignals(collapsed.changed);
  const { newestPlan, isCheckStale } = session;
  // A success is news only while it holds; what failed is to be seen until it is mended.
  const checked = isCheckStale && session.checked?.ok ? null : session.checked;
  const written = session.changesSince === 0 ? session.exporting?.result : null;
  const failure = session.planFailure ?? session.exporting?.failure ?? session.check?.failure;
  return (
    <>
      {failure ? <Failure {...props} failure={failure} /> : null}
      {checked ? (
        <Section id="check" title={trans.__('Check in a fresh process')} collapsed={collapsed}>
          <CheckResult check={checked} isStale={isCheckStale} goTo={props.goTo} view={view} />
        </Section>
      ) : null}
      {written ? (
        <Section
          id="written"
          title={trans.__('%1 was written', written.folder)}
          collapsed={collapsed}
        >
          <CommandLine command={written.command} trans={trans} />
        </Section>
      ) : null}
      {newestPlan ? (
        <Parts {...props} plan={newestPlan} />
      ) : failure ? null : (
        <p className="nl-Hint nl-Export-note">{trans.__('Working out what would be written…')}</p>
      )}
    </>
  );
}

function Parts(props: IPlanProps): JSX.Element {
  const { trans } = props.view;
  return (
    <div className="nl-Export-plan" data-stale={props.session.isPlanStale}>
      {SECTIONS.filter(section => section.isShown?.(props) ?? true).map(section => (
        <Section
          key={section.id}
          id={section.id}
          title={section.title(props, trans)}
          collapsed={props.collapsed}
        >
          {section.body(props)}
        </Section>
      ))}
    </div>
  );
}

/** What went wrong, with the diagnostics behind it and the way to try again. */
function Failure(props: IExportProps & { readonly failure: Error }): JSX.Element {
  const { failure, session, view, goTo } = props;
  const { trans } = view;
  const found = diagnosticsOf(failure);
  return (
    <div className="nl-Export-failure" role="group" aria-label={trans.__('What went wrong')}>
      <div className="nl-Banner nl-mod-error">
        <span>{failure.message}</span>
        {failure === session.planFailure ? (
          <Button onClick={() => void session.plan()}>{trans.__('Try again')}</Button>
        ) : null}
      </div>
      {found.length > 0 ? <ProblemList diagnostics={found} goTo={goTo} trans={trans} /> : null}
    </div>
  );
}

/** The diagnostics that the server sends along with a refusal. */
function diagnosticsOf(failure: Error): readonly Diagnostic[] {
  const found = failure instanceof CallFailed ? failure.problem.context.diagnostics : undefined;
  return Array.isArray(found) ? (found as Diagnostic[]) : [];
}
