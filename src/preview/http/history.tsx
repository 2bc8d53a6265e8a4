/**
 * The calls of this session: look at one again, send it again, compare two.
 */
import * as React from 'react';
import { difference, pretty, type Exchange } from '../../model/preview';
import { Button, clockText, millisecondsText, type IViewContext } from '../../view';
import type { IRequestProps } from './props';

const MOST_SHOWN = 8;

/** Newest first. */
export function History(
  props: IRequestProps & { readonly onReplay: () => void }
): JSX.Element | null {
  const { view, row, http, onReplay } = props;
  const { trans } = view;
  const { endpoint } = row;
  const [other, setOther] = React.useState<string | null>(null);
  const calls = http.history(endpoint);
  const shown = http.shown(endpoint);
  if (!shown || calls.length === 0) {
    return null;
  }
  const before = calls[calls.indexOf(shown) + 1] ?? calls.find(each => each !== shown);
  const compared = calls.find(each => each.id === other && each !== shown) ?? before;
  const replay = (): void => {
    http.refill(endpoint, shown);
    onReplay();
  };
  return (
    <div className="nl-History">
      <div className="nl-History-line">
        <span className="nl-History-title">{trans.__('History')}</span>
        <ul className="nl-History-calls" role="list">
          {calls.slice(0, MOST_SHOWN).map(each => (
            <li key={each.id}>
              <button
                type="button"
                className="nl-History-call"
                aria-current={each === shown}
                onClick={() => http.choose(each)}
              >
                {callText(each, view)}
              </button>
            </li>
          ))}
        </ul>
        <span className="nl-PreviewHead-space" />
        <Button look="quiet" onClick={replay}>
          {trans.__('Replay')}
        </Button>
        <Button
          look="quiet"
          aria-expanded={other !== null}
          disabledReason={before ? '' : trans.__('There is only one call')}
          onClick={() => setOther(other === null ? (before?.id ?? null) : null)}
        >
          {trans.__('Difference')}
        </Button>
      </div>
      {other !== null && compared ? (
        <div className="nl-Difference">
          <label className="nl-Difference-with">
            {trans.__('Compared with')}
            <select
              className="nl-Select"
              value={compared.id}
              onChange={event => setOther(event.target.value)}
            >
              {calls
                .filter(each => each !== shown)
                .map(each => (
                  <option key={each.id} value={each.id}>
                    {callText(each, view)}
                  </option>
                ))}
            </select>
          </label>
          <Lines before={compared} after={shown} view={view} />
        </div>
      ) : null}
    </div>
  );
}

function Lines(props: {
  readonly before: Exchange;
  readonly after: Exchange;
  readonly view: IViewContext;
}): JSX.Element {
  const { before, after, view } = props;
  const { trans } = view;
  const lines = React.useMemo(
    () => difference(whole(before), whole(after)),
    [before.id, after.id, before.size, after.size]
  );
  if (lines.every(each => each.kind === 'same')) {
    return <p className="nl-Form-note">{trans.__('The two answers are the same.')}</p>;
  }
  return (
    <pre className="nl-Difference-lines" tabIndex={0} aria-label={trans.__('Difference')}>
      {lines.map(({ kind, text }, index) => (
        <span key={index} data-kind={kind}>
          {`${MARKS[kind]} ${text}\n`}
        </span>
      ))}
    </pre>
  );
}

const MARKS = { same: ' ', removed: '−', added: '+' } as const;

/** Status and body: what a caller would notice. */
function whole(exchange: Exchange): string {
  return `${exchange.status} ${exchange.statusText}\n${pretty(exchange.text)}`;
}

function callText(exchange: Exchange, { trans }: IViewContext): string {
  const at = clockText(exchange.startedMs);
  if (!exchange.isOver) {
    return trans.__('%1 …', at);
  }
  return exchange.status
    ? trans.__('%1 %2 %3', at, exchange.status, millisecondsText(exchange.durationMs, trans))
    : trans.__('%1 ✕', at);
}
