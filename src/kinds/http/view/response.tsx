/**
 * What is answered: status, time and size, and the body in the way it is best read.
 */
import { Clipboard } from '@jupyterlab/apputils';
import { copyIcon, downloadIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { SHOWN_BYTES, type Exchange } from '../../../model/preview';
import {
  Button,
  bytesText,
  millisecondsText,
  undeclaredText,
  useSignals,
  type IPreviewProps,
  type IViewContext
} from '../../../view';
import { download } from '../../download';
import { BODIES, renderersFor } from './bodies';
import { FailureView } from '../../../view/failure';
import type { IAnswerProps } from './props';
import { Tabs } from './tabs';
import { SendErrorView } from './target';

/** The lower half. */
export function ResponseView(props: IPreviewProps & { readonly exchange: Exchange }): JSX.Element {
  const { view, exchange } = props;
  const { trans } = view;
  useSignals(exchange.changed);
  const [tab, setTab] = React.useState('');
  const renderers = renderersFor(exchange);
  const titles = wayTitles(view);
  const tabs = [
    ...renderers.map(id => ({ id, title: titles[id] ?? id })),
    ...(exchange.call?.output ? [{ id: 'output', title: trans.__('Output') }] : []),
    ...(exchange.headers.length > 0
      ? [{ id: 'headers', title: trans.__('Headers'), count: exchange.headers.length }]
      : [])
  ];
  const chosen = tabs.some(each => each.id === tab) ? tab : (tabs[0]?.id ?? '');
  const Body = BODIES[chosen];
  return (
    <>
      {exchange.call?.failure ? <FailureView {...props} failure={exchange.call.failure} /> : null}
      <Tabs
        label={trans.__('Response')}
        tabs={tabs}
        chosen={chosen}
        onChoose={setTab}
        before={<StatusLine exchange={exchange} view={view} />}
        after={<Tools exchange={exchange} view={view} />}
      >
        {exchange.isForgotten ? (
          <p className="nl-Answer-none">
            {exchange.isEarlier
              ? trans.__('Answers are not kept over a reload: replay the call to get a new one.')
              : trans.__(
                  'This answer has made room for newer ones: replay the call to see it again.'
                )}
          </p>
        ) : null}
        {exchange.error ? <SendErrorView {...props} error={exchange.error} /> : null}
        {exchange.call && exchange.call.undeclared.length > 0 ? (
          <p className="nl-Form-note">{undeclaredText(exchange.call.undeclared, trans)}</p>
        ) : null}
        {Body ? <Body exchange={exchange} view={view} /> : null}
        {exchange.isCut && chosen !== 'headers' && chosen !== 'table' ? (
          <p className="nl-Form-note">{cutText(exchange, view)}</p>
        ) : null}
      </Tabs>
    </>
  );
}

/** How much of a long answer is to be seen, and where the rest is. */
function cutText({ size, keptBytes }: Exchange, { trans }: IViewContext): string {
  const [shown, whole] = [bytesText(SHOWN_BYTES, trans), bytesText(size, trans)];
  return keptBytes < size
    ? trans.__(
        'The first %1 of %2 are shown. Download has %3.',
        shown,
        whole,
        bytesText(keptBytes, trans)
      )
    : trans.__('The first %1 of %2 are shown. Download has the whole.', shown, whole);
}

/** `200 OK · 12 ms · 84 B`. */
function StatusLine({ exchange, view }: IAnswerProps): JSX.Element {
  const { trans } = view;
  const { phase, status, statusText, durationMs, size, target } = exchange;
  const tone = phase === 'failed' || status >= 500 ? 'bad' : status >= 400 ? 'poor' : 'good';
  return (
    <p className="nl-Status-line">
      <strong data-tone={status || phase === 'failed' ? tone : undefined}>
        {status ? trans.__('%1 %2', status, statusText) : phaseText(exchange, view)}
      </strong>
      {exchange.isOver ? <span>{millisecondsText(durationMs, trans)}</span> : null}
      {phase === 'receiving' ? <span>{trans.__('receiving…')}</span> : null}
      {status ? <span>{bytesText(size, trans)}</span> : null}
      {exchange.isOver && target === 'kernel' ? <span>{trans.__('live kernel')}</span> : null}
      {status && phase === 'cancelled' ? <span>{trans.__('cancelled')}</span> : null}
    </p>
  );
}

function phaseText({ phase, target }: Exchange, { trans }: IViewContext): string {
  switch (phase) {
    case 'sending':
      // A kernel answers in one message: a stream is there at its end.
      return target === 'kernel'
        ? trans.__('Waiting for the answer; a kernel gives it as a whole…')
        : trans.__('Waiting for the answer…');
    case 'cancelled':
      return trans.__('Cancelled');
    case 'failed':
      return trans.__('No answer');
    case 'receiving':
    case 'done':
      return '';
  }
}

function Tools({ exchange, view }: IAnswerProps): JSX.Element | null {
  const { trans } = view;
  if (!exchange.status || exchange.size === 0) {
    return null;
  }
  return (
    <>
      {exchange.isCut || renderersFor(exchange).includes('bytes') ? null : (
        <Button
          look="quiet"
          icon={copyIcon}
          aria-label={trans.__('Copy the response')}
          title={trans.__('Copy')}
          onClick={() => Clipboard.copyToSystem(exchange.text)}
        />
      )}
      <Button
        look="quiet"
        icon={exchange.isCut ? undefined : downloadIcon}
        aria-label={trans.__('Download the response')}
        title={trans.__('Download')}
        onClick={() => download(exchange.blob, fileName(exchange))}
      >
        {exchange.isCut ? trans.__('Download') : null}
      </Button>
    </>
  );
}

/** The name that the answer gives, or one of the path and the type. */
function fileName(exchange: Exchange): string {
  const given = /filename="?([^";]+)/.exec(exchange.header('content-disposition'))?.[1];
  const last = exchange.endpoint.split('/').pop()?.replace(/\W+/g, '-') || 'answer';
  const kind = exchange.media.split('/').pop()?.split('+')[0] ?? 'bin';
  return given ?? `${last}.${kind === 'plain' ? 'txt' : kind}`;
}

function wayTitles({ trans }: IViewContext): Readonly<Record<string, string>> {
  return {
    pretty: trans.__('Pretty'),
    table: trans.__('Table'),
    picture: trans.__('Picture'),
    page: trans.__('Page'),
    raw: trans.__('Raw'),
    bytes: trans.__('Bytes')
  };
}
