/**
 * What is asked: the values as form, JSON or headers, and the buttons that send them.
 */
import { Menu } from '@lumino/widgets';
import * as React from 'react';
import { CommandIDs, menuItem } from '../../../commandids';
import { isUp } from '../../../model';
import {
  fieldErrorsOf,
  misfits,
  unset,
  type Exchange,
  type IFieldError
} from '../../../model/preview';
import {
  Button,
  keysText,
  millisecondsText,
  shortcutText,
  statusKindText,
  useNow,
  type IViewContext
} from '../../../view';
import { ExamplesView } from '../../../view/examples';
import { Form } from './form';
import { HeadersView } from './headers';
import { JsonView } from './json';
import type { ISendProps } from './props';
import { Tabs } from './tabs';
import { Target } from './target';
import { VariablesView } from './variables';

/** The upper half. */
export function RequestView(props: ISendProps): JSX.Element {
  const { view, row, http, session } = props;
  const { trans } = view;
  const { endpoint } = row;
  const shown = http.shown(endpoint);
  const [tab, setTab] = React.useState('form');
  const fieldErrors = shown ? fieldErrorsIn(shown, view) : [];
  const draft = http.draft(endpoint);
  const headers = Object.keys(draft.values.headers).length;
  const { base = '' } = http.variables;
  const own = Object.keys(session.variables.all).length;
  const missing = unset(draft, http.variables);
  return (
    <section className="nl-Request" aria-label={trans.__('Request')}>
      <Actions {...props} />
      <Tabs
        label={trans.__('Request')}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { id: 'form', title: trans.__('Form') },
          { id: 'json', title: trans.__('JSON') },
          { id: 'headers', title: trans.__('Headers'), count: headers },
          { id: 'variables', title: trans.__('Variables'), count: own }
        ]}
        after={
          <ExamplesView
            view={view}
            examples={http.examples(endpoint)}
            onChoose={example => http.fill(endpoint, example)}
            onSave={name => http.saveExample(endpoint, name)}
            onDelete={name => http.deleteExample(endpoint, name)}
            onExpect={(name, expected) => http.expect(endpoint, name, expected)}
          />
        }
      >
        {missing.length > 0 ? (
          <p className="nl-Form-note">
            {trans.__(
              'Sent as it stands, for no variable has this name: %1',
              missing.map(each => `{{${each}}}`).join(', ')
            )}
          </p>
        ) : null}
        {tab === 'json' ? (
          <JsonView {...props} />
        ) : (
          <div onKeyDown={event => sendOnEnter(event, props.onSend)}>
            {tab === 'form' ? (
              <Form {...props} fieldErrors={fieldErrors} answer={shown?.id ?? ''} />
            ) : tab === 'headers' ? (
              <HeadersView {...props} />
            ) : (
              <VariablesView view={view} variables={session.variables} base={base} />
            )}
          </div>
        )}
      </Tabs>
    </section>
  );
}

/** What an answer says is wrong with the request, by the fields. */
function fieldErrorsIn(
  { asked, status, text }: Exchange,
  view: IViewContext
): readonly IFieldError[] {
  const { trans } = view;
  const missed = status === 404 ? misfits(asked.endpoint, asked.values) : [];
  return [
    ...fieldErrorsOf(status, text),
    ...missed.map(({ name, converter }) => ({
      place: ['path', name],
      message:
        converter === 'str'
          ? trans.__('No path is found with this: it must be neither empty nor hold a slash')
          : trans.__('No path is found with this: %1 is expected here', converter)
    }))
  ];
}

/** Send, cancel, reset, copy; always beside what would answer. */
function Actions(props: ISendProps): JSX.Element {
  const { view, state, row, http, onSend } = props;
  const { commands, trans } = view;
  const { served, path } = state.snapshot;
  const { endpoint, status } = row;
  const underWay = http.underWay(endpoint);
  const up = isUp(served);
  const sendKeys = [keysText('Enter'), shortcutText(commands, CommandIDs.send)].filter(Boolean);
  const openMenu = (event: React.MouseEvent<HTMLElement>): void => {
    const button = event.currentTarget;
    const menu = new Menu({ commands });
    menu.addItem(menuItem(CommandIDs.resetRequest, { key: endpoint.key, path }));
    if (endpoint.badge === 'GET') {
      menu.addItem(menuItem(CommandIDs.sendOnChange, { key: endpoint.key, path }));
    }
    menu.addItem(menuItem(CommandIDs.runExamples, { path }));
    menu.addItem({ type: 'separator' });
    menu.addItem(menuItem(CommandIDs.copySnippet, { key: endpoint.key, path }));
    menu.addItem(menuItem(CommandIDs.pasteCurl, { path }));
    menu.addItem({ type: 'separator' });
    menu.addItem(menuItem(CommandIDs.copyUrl, { key: endpoint.key, path }));
    menu.aboutToClose.connect(() => {
      button.focus();
      requestAnimationFrame(() => menu.dispose());
    }, menu);
    const { left, bottom } = button.getBoundingClientRect();
    menu.open(left, bottom);
  };
  return (
    <div className="nl-Request-actions">
      <Button
        look={underWay ? 'plain' : 'primary'}
        className="nl-Request-send"
        data-nl-first={http.fields(endpoint).length === 0 ? true : undefined}
        disabledReason={http.isServing ? trans.__('The notebook is starting') : ''}
        title={
          underWay
            ? trans.__('Cancel (%1)', keysText('Escape'))
            : trans.__('Send the request (%1)', sendKeys.join(', '))
        }
        onClick={underWay ? () => underWay.cancel() : onSend}
      >
        {underWay
          ? trans.__('Cancel')
          : http.targets.needsServing
            ? trans.__('Serve and send')
            : trans.__('Send')}
      </Button>
      <Elapsed exchange={underWay} view={view} />
      <Target {...props} />
      <span className="nl-PreviewHead-space" />
      <Button
        look="quiet"
        className="nl-mod-icon"
        aria-haspopup="menu"
        aria-label={trans.__('More about the request')}
        title={
          up
            ? trans.__('Reset, copy as a command')
            : trans.__(
                'Reset; serve the notebook to copy commands: %1',
                statusKindText(status.kind, trans)
              )
        }
        onClick={openMenu}
      >
        ⋯
      </Button>
    </div>
  );
}

/** How long a request has been under way. */
function Elapsed(props: {
  readonly exchange: Exchange | null;
  readonly view: IViewContext;
}): JSX.Element {
  const { exchange, view } = props;
  const now = useNow(exchange !== null, ELAPSED_MS);
  // Its place stays while there is none, so that nothing beside it moves.
  return (
    <span className="nl-Request-elapsed">
      {exchange ? millisecondsText(now - exchange.startedMs, view.trans) : null}
    </span>
  );
}

const ELAPSED_MS = 100;

/** Enter sends from a field of one line, as in a search box; with Shift it makes a second line. */
function sendOnEnter(event: React.KeyboardEvent, send: () => void): void {
  const { target, key, shiftKey, ctrlKey, metaKey, altKey, nativeEvent } = event;
  const isField =
    target instanceof HTMLTextAreaElement ||
    (target instanceof HTMLInputElement && /^(text|password)$/.test(target.type));
  const isPlain = !(shiftKey || ctrlKey || metaKey || altKey || nativeEvent.isComposing);
  if (key === 'Enter' && isPlain && isField && !target.value.includes('\n')) {
    event.preventDefault();
    send();
  }
}
