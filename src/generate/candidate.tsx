/**
 * A cell that waits for a yes, with all that speaks for it and against it.
 */
import * as React from 'react';
import type { DraftCandidate } from '../protocol';
import { Button, TextDifference, Line, type IViewContext } from '../view';
import type { IDraftProps, IGenerateActions } from './props';
import { Trial } from './trial';
import {
  acceptDisabledReason,
  checkText,
  statsText,
  runsText,
  sandboxText,
  writingDisabledReason
} from './wording';

/** What came of the words, and what one can say to it. */
export function Candidate(
  props: IDraftProps & { readonly actions: IGenerateActions }
): JSX.Element | null {
  const { view, drafting } = props;
  const { trans } = view;
  const { candidate } = drafting.state;
  if (!candidate) {
    return null;
  }
  const sandbox = sandboxText(candidate, trans);
  const runs = runsText(candidate, trans);
  return (
    <>
      <section className="nl-Generate-part" aria-label={trans.__('Draft')}>
        <h3>{candidate.words}</h3>
        <Checks candidate={candidate} view={view} />
        {candidate.notes ? (
          <p>
            <Line text={candidate.notes} />
          </p>
        ) : null}
        {sandbox ? (
          <p className={candidate.sandbox === 'limits' ? 'nl-mod-error' : 'nl-Hint'}>{sandbox}</p>
        ) : null}
        {runs ? <p>{runs}</p> : null}
        <p className="nl-Generate-stats">{statsText(candidate, trans)}</p>
      </section>
      {candidate.cell ? (
        <section className="nl-Generate-part" aria-label={trans.__('Cell')}>
          <h3>{trans.__('What changes in the cell')}</h3>
          <TextDifference
            before={candidate.before.trimEnd()}
            after={candidate.cell.trimEnd()}
            label={trans.__('Difference')}
            same={trans.__('The cell stays as it is.')}
          />
          <details>
            <summary>{trans.__('The cell as it becomes')}</summary>
            <pre role="region" tabIndex={0} aria-label={trans.__('The cell as it becomes')}>
              {candidate.cell.trimEnd()}
            </pre>
          </details>
        </section>
      ) : null}
      <section className="nl-Generate-part" aria-label={trans.__('Values')}>
        <h3>{trans.__('What became of each value')}</h3>
        <Trial rows={candidate.rows} view={view} />
      </section>
      <Sent candidate={candidate} view={view} />
      <Verdict {...props} />
    </>
  );
}

/** Those that fail with what they say, those that passed by their names. */
function Checks(props: {
  readonly candidate: DraftCandidate;
  readonly view: IViewContext;
}): JSX.Element {
  const { candidate, view } = props;
  const { trans } = view;
  const failed = candidate.checks.filter(each => each.status === 'failed');
  const names = (status: string): string =>
    candidate.checks
      .filter(each => each.status === status)
      .map(each => checkText(each.name, trans))
      .join(', ');
  const [passed, skipped] = [names('passed'), names('skipped')];
  return (
    <div className="nl-Generate-checks" data-sound={candidate.is_sound}>
      <strong>
        {candidate.is_sound ? trans.__('All checks pass') : trans.__('This draft is refused')}
      </strong>
      <ul aria-label={trans.__('Checks')}>
        {failed.map(({ name, message }) => (
          <li key={name} className="nl-mod-error">
            {trans.__('Fails (%1):', checkText(name, trans))} <Line text={message} />
          </li>
        ))}
        {passed ? <li>{trans.__('Passed: %1', passed)}</li> : null}
        {skipped ? <li>{trans.__('Left out: %1', skipped)}</li> : null}
      </ul>
    </div>
  );
}

/** Always in view, and last: the focus does not come here by itself when a draft is there. */
function Verdict(props: IDraftProps & { readonly actions: IGenerateActions }): JSX.Element {
  const { view, drafting, actions } = props;
  const { trans } = view;
  const { verdict, remark, work } = drafting.state;
  if (verdict) {
    return (
      <div className="nl-Generate-verdict">
        <p role="status">
          {verdict === 'accepted'
            ? trans.__('It is in the cell. Undo takes it back.')
            : trans.__('It is in the cell as your own. Undo takes it back.')}
        </p>
        <Button data-nl-first="" onClick={() => void drafting.discard()}>
          {trans.__('Draft another')}
        </Button>
      </div>
    );
  }
  const wait = work === 'idle' ? '' : trans.__('It is being written');
  const again = wait || (remark.trim() ? '' : trans.__('Say first what is to be otherwise'));
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      void drafting.again();
    }
  };
  return (
    <div className="nl-Generate-verdict" role="group" aria-label={trans.__('Your answer')}>
      <div className="nl-Generate-row">
        <Button
          look="primary"
          data-nl-first=""
          disabledReason={acceptDisabledReason(drafting, trans)}
          title={trans.__('Write it into the cell, with where it comes from')}
          onClick={() => void actions.accept()}
        >
          {trans.__('Accept')}
        </Button>
        <Button
          disabledReason={writingDisabledReason(drafting, trans)}
          title={trans.__('Write it into the cell as your own, and go there')}
          onClick={() => void actions.edit()}
        >
          {trans.__('Edit')}
        </Button>
        <Button disabledReason={wait} onClick={() => void drafting.discard()}>
          {trans.__('Discard')}
        </Button>
      </div>
      <div className="nl-Generate-row">
        <input
          className="nl-Input nl-Generate-remark"
          aria-label={trans.__('What is to be otherwise')}
          placeholder={trans.__('What is to be otherwise')}
          value={remark}
          onChange={event => drafting.say(event.target.value)}
          onKeyDown={onKeyDown}
        />
        <Button disabledReason={again} onClick={() => void drafting.again()}>
          {trans.__('Try again')}
        </Button>
      </div>
    </div>
  );
}

/** All that the model was told, word for word. */
function Sent(props: {
  readonly candidate: DraftCandidate;
  readonly view: IViewContext;
}): JSX.Element | null {
  const { candidate, view } = props;
  const { trans } = view;
  const { sent, model, host } = candidate;
  if (sent.length === 0) {
    return null;
  }
  return (
    <section className="nl-Generate-part" aria-label={trans.__('Sent')}>
      <details>
        <summary>{trans.__('What was sent to %1 at %2', model, host)}</summary>
        {sent.map(({ round, messages }) => (
          <pre
            key={round}
            role="region"
            tabIndex={0}
            aria-label={trans.__('Sent in round %1', round)}
          >
            {messages.map(each => `${String(each.role)}:\n${String(each.content)}`).join('\n\n')}
          </pre>
        ))}
      </details>
    </section>
  );
}
