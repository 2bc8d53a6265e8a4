/**
 * What is asked: the values as form, JSON or headers, and the buttons that send them.
 */
import { Menu } from '@lumino/widgets';
import * as React from 'react';
import { CommandIDs, menuItem } from '../../commands/ids';
import { isUp } from '../../model';
import { LANGUAGES, complaintsOf, type Exchange, type IComplaint } from '../../model/preview';
import { Button, wordText } from '../../view';
import { ExamplesView } from '../examples';
import { Form } from './form';
import { HeadersView } from './headers';
import { JsonView } from './json';
import type { IRequestProps } from './props';
import { Tabs } from './tabs';
import { Target } from './target';

/** The upper half. */
export function RequestView(
  props: IRequestProps & {
    /** The call whose answer is shown. */
    readonly shown: Exchange | null;
    readonly isServing: boolean;
    readonly underWay: Exchange | null;
    readonly onSend: () => void;
  }
): JSX.Element {
  const { view, row, http, shown } = props;
  const { trans } = view;
  const { endpoint } = row;
  const [tab, setTab] = React.useState('form');
  const complaints: readonly IComplaint[] = shown ? complaintsOf(shown.status, shown.text) : [];
  const headers = Object.keys(http.draft(endpoint).values.headers).length;
  return (
    <section className="nl-Request" aria-label={trans.__('Request')}>
      <Tabs
        label={trans.__('Request')}
        chosen={tab}
        onChoose={setTab}
        tabs={[
          { id: 'form', title: trans.__('Form') },
          { id: 'json', title: trans.__('JSON') },
          { id: 'headers', title: trans.__('Headers'), count: headers }
        ]}
        after={
          <ExamplesView
            view={view}
            examples={http.examples(endpoint)}
            onChoose={example => http.fill(endpoint, example)}
            onSave={name => http.saveExample(endpoint, name)}
            onDelete={name => http.deleteExample(endpoint, name)}
          />
        }
      >
        {tab === 'form' ? <Form {...props} complaints={complaints} /> : null}
        {tab === 'json' ? <JsonView {...props} /> : null}
        {tab === 'headers' ? <HeadersView {...props} /> : null}
      </Tabs>
      <Actions {...props} />
    </section>
  );
}

/** Send, cancel, begin anew, copy; always beside what would answer. */
function Actions(
  props: IRequestProps & {
    readonly isServing: boolean;
    readonly underWay: Exchange | null;
    readonly onSend: () => void;
  }
): JSX.Element {
  const { view, state, row, http, isServing, underWay, onSend } = props;
  const { commands, trans } = view;
  const { served, path } = state.snapshot;
  const { endpoint, condition } = row;
  const up = isUp(served);
  const openMenu = (event: React.MouseEvent<HTMLElement>): void => {
    const button = event.currentTarget;
    const menu = new Menu({ commands });
    LANGUAGES.forEach(language =>
      menu.addItem(menuItem(CommandIDs.copySnippet, { key: endpoint.key, path, language }))
    );
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
        look="primary"
        className="nl-Request-send"
        data-nl-first={http.fields(endpoint).length === 0 ? true : undefined}
        disabledReason={
          isServing
            ? trans.__('The notebook is starting')
            : underWay
              ? trans.__('A request is under way')
              : ''
        }
        title={trans.__('Send the request (Ctrl+Enter)')}
        onClick={onSend}
      >
        {http.needsServing ? trans.__('Serve and send') : trans.__('Send')}
      </Button>
      {underWay ? (
        <Button onClick={() => underWay.cancel()} title={trans.__('Cancel (Esc)')}>
          {trans.__('Cancel')}
        </Button>
      ) : null}
      <Target {...props} />
      <span className="nl-PreviewHead-space" />
      <Button look="quiet" onClick={() => http.fill(endpoint, null)}>
        {trans.__('Reset')}
      </Button>
      <Button
        look="quiet"
        aria-haspopup="menu"
        disabledReason={
          up ? '' : trans.__('Serve the notebook first: %1', wordText(condition.word, trans))
        }
        onClick={openMenu}
      >
        {trans.__('Copy as ▾')}
      </Button>
    </div>
  );
}
