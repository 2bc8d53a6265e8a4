/**
 * How the app did in a process of its own: the replayed examples.
 */
import * as React from 'react';
import type { Check, CheckedExample } from '../protocol';
import { Button, ProblemList, millisecondsText, type GoTo, type IViewContext } from '../view';
import { showLog } from './actions';

/** The outcome of a check, and of every example. */
export function CheckResult(props: {
  readonly check: Check;
  readonly isStale: boolean;
  readonly goTo: GoTo;
  readonly view: IViewContext;
}): JSX.Element {
  const { check, isStale, goTo, view } = props;
  const { trans } = view;
  return (
    <>
      <p className="nl-Check-sum" data-ok={check.ok}>
        <span className="nl-Check-glyph" aria-hidden="true">
          {check.ok ? '✓' : '✗'}
        </span>
        <span>{checkText(check, view)}</span>
        {check.log ? (
          <Button look="quiet" onClick={() => void showLog(check.log, view)}>
            {trans.__('Show log')}
          </Button>
        ) : null}
      </p>
      {isStale ? (
        <p className="nl-Hint">{trans.__('The notebook or the options have changed since.')}</p>
      ) : null}
      {check.armed.length > 0 ? (
        <p className="nl-Hint">
          {trans._n(
            'The schedule is armed; a check does not run it.',
            'All %1 schedules are armed; a check does not run them.',
            check.armed.length
          )}
        </p>
      ) : null}
      {check.diagnostics.length > 0 ? (
        <ProblemList diagnostics={check.diagnostics} goTo={goTo} trans={trans} />
      ) : null}
      {check.examples.length > 0 ? (
        <ul className="nl-List" role="list" aria-label={trans.__('Replayed examples')}>
          {check.examples.map((example, index) => (
            <ExampleRow key={index} example={example} view={view} />
          ))}
        </ul>
      ) : null}
    </>
  );
}

/** The outcome in a sentence. */
export function checkText({ ok, examples }: Check, { trans }: IViewContext): string {
  const failed = examples.filter(each => !each.ok).length;
  if (examples.length === 0) {
    return ok
      ? trans.__('The app starts. There is no saved example to replay: save some in the preview.')
      : trans.__('The app did not start.');
  }
  return failed === 0
    ? trans._n('The saved example works.', 'All %1 saved examples work.', examples.length)
    : trans.__('%1 of %2 saved examples failed.', failed, examples.length);
}

function ExampleRow(props: {
  readonly example: CheckedExample;
  readonly view: IViewContext;
}): JSX.Element {
  const { example, view } = props;
  const { key, name, ok, status, duration_ms, message } = example;
  const { trans } = view;
  return (
    <li className="nl-Check-row" data-ok={ok}>
      <span className="nl-Check-glyph" aria-hidden="true">
        {ok ? '✓' : '✗'}
      </span>
      <span className="nl-Check-word">{ok ? trans.__('ok') : trans.__('failed')}</span>
      <span className="nl-Check-name">
        <code>{key}</code> {name}
      </span>
      <span className="nl-Check-stats">
        {[status > 0 ? String(status) : '', millisecondsText(duration_ms, trans)]
          .filter(Boolean)
          .join(' · ')}
      </span>
      {message ? <span className="nl-Check-message">{message}</span> : null}
    </li>
  );
}
