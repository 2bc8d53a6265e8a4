/**
 * The calls of an endpoint, also of earlier visits: look at one again, send it again, compare two.
 */
import * as React from 'react';
import { asTree, keepable, pretty, toText, type Exchange } from '../../../model/preview';
import {
  Button,
  TextDifference,
  clockText,
  millisecondsText,
  visitText,
  type IViewContext
} from '../../../view';
import type { ISendProps } from './props';

/** Newest first. */
export function History({ view, row, http, onSend }: ISendProps): JSX.Element | null {
  const { trans } = view;
  const { endpoint } = row;
  const [other, setOther] = React.useState<string | null>(null);
  const calls = http.history(endpoint);
  const shown = http.shown(endpoint);
  if (calls.length === 0) {
    return null;
  }
  // An answer that is not here any more can be compared with none.
  const others = calls.filter(each => each !== shown && !each.isForgotten);
  const before = others.find(each => shown && each.startedMs <= shown.startedMs) ?? others[0];
  const compared = others.find(each => each.id === other) ?? before;
  const replay = (): void => {
    if (shown) {
      http.refill(endpoint, shown);
      onSend();
    }
  };
  return (
    <div className="nl-History">
      <div className="nl-History-line">
        <span className="nl-History-title">{trans.__('History (%1)', calls.length)}</span>
        <span className="nl-PreviewHead-space" />
        <Button
          look="quiet"
          disabledReason={shown ? '' : trans.__('No call is chosen')}
          onClick={replay}
        >
          {trans.__('Replay')}
        </Button>
        <Button
          look="quiet"
          aria-expanded={other !== null}
          disabledReason={
            before && shown && !shown.isForgotten
              ? ''
              : trans.__('There are not two answers to compare')
          }
          onClick={() => setOther(other === null ? (before?.id ?? null) : null)}
        >
          {trans.__('Difference')}
        </Button>
      </div>
      <ul className="nl-History-calls" role="list" aria-label={trans.__('History')}>
        {calls.map(each => (
          <li key={each.id}>
            <button
              type="button"
              className="nl-History-call"
              aria-current={each === shown}
              title={trans.__('Show its answer, and fill in what was sent')}
              onClick={() => {
                http.choose(each);
                http.refill(endpoint, each);
              }}
            >
              <span>{visitText(each.startedMs, view.locale)}</span>
              <strong className="nl-History-status" data-tone={toneOf(each)}>
                {each.isOver ? each.status || '✕' : '…'}
              </strong>
              <span>{each.isOver ? millisecondsText(each.durationMs, trans) : null}</span>
              <span className="nl-History-values">{valuesText(each)}</span>
            </button>
          </li>
        ))}
      </ul>
      {other !== null && compared && shown && !shown.isForgotten ? (
        <div className="nl-Difference">
          <label className="nl-Difference-with">
            {trans.__('Compared with')}
            <select
              className="nl-Select"
              value={compared.id}
              onChange={event => setOther(event.target.value)}
            >
              {others.map(each => (
                <option key={each.id} value={each.id}>
                  {callText(each, view)}
                </option>
              ))}
            </select>
          </label>
          <Difference before={compared} after={shown} view={view} />
        </div>
      ) : null}
    </div>
  );
}

function Difference(props: {
  readonly before: Exchange;
  readonly after: Exchange;
  readonly view: IViewContext;
}): JSX.Element {
  const { before, after, view } = props;
  const { trans } = view;
  const [one, other] = React.useMemo(
    () => [whole(before), whole(after)] as const,
    [before.id, after.id, before.size, after.size]
  );
  return (
    <TextDifference
      before={one}
      after={other}
      label={trans.__('Difference')}
      same={trans.__('The two answers are the same.')}
    />
  );
}

/** Status and body: what a caller would notice. */
function whole(exchange: Exchange): string {
  return `${exchange.status} ${exchange.statusText}\n${pretty(exchange.text)}`;
}

function callText(exchange: Exchange, { locale, trans }: IViewContext): string {
  const at = clockText(exchange.startedMs, locale);
  if (!exchange.isOver) {
    return trans.__('%1 …', at);
  }
  return exchange.status
    ? trans.__('%1 %2 %3', at, exchange.status, millisecondsText(exchange.durationMs, trans))
    : trans.__('%1 ✕', at);
}

function toneOf({ status, phase }: Exchange): string | undefined {
  return status >= 500 || phase === 'failed' ? 'bad' : status >= 400 ? 'poor' : undefined;
}

/** What was sent, in a few words; secrets by their names. */
function valuesText({ asked }: Exchange): string {
  const { path, query, body } = keepable(asked.values);
  const named = { ...path, ...query, ...asTree(body) };
  const parts = Object.entries(named).map(([name, value]) => `${name}=${toText(value)}`);
  return parts.join(' ').slice(0, MOST_CHARACTERS);
}

const MOST_CHARACTERS = 200;
