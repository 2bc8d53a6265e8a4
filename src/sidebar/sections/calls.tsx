/**
 * The log of all callers of the served notebook: failures in red, with what went wrong.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../commandids';
import type { CallLog, ILogged, NotebookState } from '../../model';
import { keepableQuery, keepableTarget, keepableText } from '../../model/preview';
import type { CallRequest } from '../../protocol';
import { FailureView } from '../../view/failure';
import {
  Button,
  List,
  clockText,
  millisecondsText,
  outcomeText,
  undeclaredText,
  useSignals,
  type IViewContext
} from '../../view';

const MOST_SHOWN = 50;

/** Newest first. */
export function CallList(props: {
  readonly log: CallLog;
  readonly state: NotebookState;
  readonly view: IViewContext;
}): JSX.Element {
  const { log, state, view } = props;
  const { trans } = view;
  useSignals(log.changed);
  React.useEffect(() => log.watch(), [log]);
  const { entries, unseen } = log;
  if (entries.length === 0) {
    return <p className="nl-Hint">{trans.__('Nobody has called it yet.')}</p>;
  }
  return (
    <>
      {unseen.length > 0 ? (
        <div className="nl-Call-unseen">
          <span>{trans._n('1 new failure', '%1 new failures', unseen.length)}</span>
          <Button onClick={() => log.look(unseen)}>{trans.__('Mark as seen')}</Button>
        </div>
      ) : null}
      <List label={trans.__('Calls')}>
        {entries.slice(0, MOST_SHOWN).map(entry => (
          <CallItem key={entry.id} entry={entry} log={log} state={state} view={view} />
        ))}
      </List>
      {entries.length > MOST_SHOWN ? (
        <p className="nl-Hint">{trans.__('The newest %1 of %2.', MOST_SHOWN, entries.length)}</p>
      ) : null}
    </>
  );
}

function CallItem(props: {
  readonly entry: ILogged;
  readonly log: CallLog;
  readonly state: NotebookState;
  readonly view: IViewContext;
}): JSX.Element {
  const { entry, log, state, view } = props;
  const { commands, trans } = view;
  const { key, started, durationMs, outcome, isFailed, request, undeclared, output } = entry;
  const { failure } = entry;
  const { path } = state.snapshot;
  const [isOpen, setOpen] = React.useState(false);
  const toggle = (): void => {
    setOpen(!isOpen);
    log.look([entry]);
  };
  return (
    <li className="nl-Item nl-Call" data-failed={isFailed ? true : undefined}>
      <button type="button" className="nl-Call-line" aria-expanded={isOpen} onClick={toggle}>
        <span className="nl-Call-time">{clockText(started * 1000, view.locale)}</span>
        <strong className="nl-Call-outcome">{resultText(outcome, view)}</strong>
        <span className="nl-Call-key" title={key}>
          {key}
        </span>
        <span className="nl-Call-duration">{millisecondsText(durationMs, trans)}</span>
        <span className="nl-Call-caller">{callerText(entry, view)}</span>
      </button>
      {isOpen ? (
        <div className="nl-Call-detail">
          {request ? <RequestView request={request} view={view} /> : null}
          {undeclared.length > 0 ? (
            <p className="nl-Hint">{undeclaredText(undeclared, trans)}</p>
          ) : null}
          {failure ? <FailureView view={view} state={state} failure={failure} /> : null}
          {output ? <pre tabIndex={0}>{output}</pre> : null}
          {failure || output ? null : <p className="nl-Hint">{trans.__('It printed nothing.')}</p>}
          <Button onClick={() => void invoke(commands, CommandIDs.tryEndpoint, { key, path })}>
            {trans.__('Open in the preview')}
          </Button>
        </div>
      ) : null}
    </li>
  );
}

/** What was sent, secrets by name, and from where. */
function RequestView(props: {
  readonly request: CallRequest;
  readonly view: IViewContext;
}): JSX.Element {
  const { caller, method, target, media, body } = props.request;
  const { trans } = props.view;
  const isForm = media.startsWith('application/x-www-form-urlencoded');
  const shown = isForm ? keepableQuery(body) : keepableText(body);
  return (
    <div className="nl-Call-request" role="group" aria-label={trans.__('Request')}>
      <p>
        <code>
          {method} {keepableTarget(target)}
        </code>{' '}
        {caller ? trans.__('from %1', caller) : null}
      </p>
      {body ? (
        <pre tabIndex={0} aria-label={trans.__('Request body')}>
          {shown ?? trans.__('Not shown: it may hold a secret.')}
        </pre>
      ) : null}
    </div>
  );
}

function resultText(outcome: ILogged['outcome'], { trans }: IViewContext): string {
  if (typeof outcome === 'number') {
    return String(outcome);
  }
  return outcome === 'ok' ? trans.__('ran') : outcomeText(outcome, trans);
}

function callerText({ caller }: ILogged, { trans }: IViewContext): string {
  switch (caller) {
    case 'preview':
      return trans.__('preview');
    case 'outside':
      return trans.__('outside');
    case 'schedule':
      return trans.__('schedule');
  }
}
