/**
 * The preview of an HTTP endpoint: what is asked above, what is answered below.
 */
import * as React from 'react';
import { CommandIDs, invoke } from '../../../commandids';
import { httpOf, type Exchange, type HttpPreview } from '../../../model/preview';
import type { Endpoint } from '../../../protocol';
import {
  Boundary,
  millisecondsText,
  useSignals,
  type IViewContext,
  type IPreviewProps
} from '../../../view';
import { History } from './history';
import { RequestView } from './request';
import { ResponseView } from './response';
import { Split, useSplit } from './split';
import { sendErrorText } from './target';

/** Form, answer and history of one endpoint. */
export function HttpView(props: IPreviewProps): JSX.Element {
  const { view, state, row, session } = props;
  const { commands, trans } = view;
  const { endpoint } = row;
  const { api } = view.model;
  const http = httpOf(session, state, api);
  useSignals(http.changed, state.changed);
  React.useEffect(() => {
    const watched = http.watch(endpoint);
    return () => watched.dispose();
  }, [http, endpoint.key, row.place]);
  const [share, setShare] = useSplit(session.services.storage);
  const shown = http.shown(endpoint);
  const underWay = http.underWay(endpoint);
  const send = async (): Promise<void> => {
    const { path } = state.snapshot;
    const exchange = await http.submit(endpoint, () =>
      invoke(commands, CommandIDs.serve, { path })
    );
    if (exchange) {
      view.say(outcomeText(exchange, view));
    }
  };
  useSendOnChange({ http, endpoint, place: row.place }, () => {
    underWay?.cancel();
    void http.send(endpoint).then(exchange => view.say(outcomeText(exchange, view)));
  });
  const onSend = (): void => void send();
  React.useEffect(() => {
    session.submit = onSend;
    return () => {
      session.submit = session.submit === onSend ? null : session.submit;
    };
  });
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key === 'Escape' && underWay) {
      event.preventDefault();
      underWay.cancel();
    }
  };
  return (
    <div
      className="nl-Http"
      data-answered={shown ? true : undefined}
      data-split={shown && share !== null ? true : undefined}
      style={{ '--nl-split': `${(share ?? 0) * 100}%` } as React.CSSProperties}
      onKeyDown={onKeyDown}
    >
      <RequestView {...props} http={http} onSend={onSend} />
      {shown ? <Split share={share} onChoose={setShare} view={view} /> : null}
      <section className="nl-Answer" aria-label={trans.__('Response')}>
        {shown ? (
          <Boundary view={view} subject={`${shown.id} ${shown.phase}`}>
            <ResponseView key={shown.id} exchange={shown} {...props} />
          </Boundary>
        ) : (
          <p className="nl-Answer-none">{trans.__('The response will be shown here.')}</p>
        )}
        <Boundary view={view} subject={shown?.id ?? ''}>
          <History {...props} http={http} onSend={onSend} />
        </Boundary>
      </section>
    </div>
  );
}

const PAUSE_MS = 400;

/** Send a moment after the values have changed, where that is asked for and something answers. */
function useSendOnChange(
  at: { readonly http: HttpPreview; readonly endpoint: Endpoint; readonly place: string },
  send: () => void
): void {
  const { http, endpoint, place } = at;
  const isOn = http.sendsOnChange(endpoint) && !http.targets.needsServing;
  const asked = isOn ? JSON.stringify(http.request(endpoint)) : '';
  const known = React.useRef({ place, asked });
  const latest = React.useRef(send);
  latest.current = send;
  React.useEffect(() => {
    // Another endpoint in the same view has not changed.
    const isSame = known.current.place === place;
    const isNew = isSame && asked !== '' && asked !== known.current.asked;
    known.current = { place, asked };
    if (!isNew) {
      return;
    }
    const timer = window.setTimeout(() => latest.current(), PAUSE_MS);
    return () => window.clearTimeout(timer);
  }, [place, asked]);
}

function outcomeText(exchange: Exchange, view: IViewContext): string {
  const { trans } = view;
  switch (exchange.phase) {
    case 'failed':
      return trans.__('No answer: %1', exchange.error ? sendErrorText(exchange.error, view) : '');
    case 'cancelled':
      return trans.__('Cancelled');
    case 'sending':
    case 'receiving':
    case 'done':
      return trans.__(
        'Answer %1 after %2',
        exchange.status,
        millisecondsText(exchange.durationMs, trans)
      );
  }
}
