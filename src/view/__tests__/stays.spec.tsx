import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { HeadersView } from '../../kinds/http/view/headers';
import { LensBody } from '../../lens/widget';
import { FirstRunHint } from '../../lens';
import { Preferences } from '../../model';
import { httpOf } from '../../model/preview';
import { endpoint } from '../../model/__tests__/samples';
import { BoundedWidget, useSignals, type IViewContext } from '..';
import { ExamplesView } from '../examples';
import { build } from './drawn';

const { act } = React;

/** Draw an element as a pane does: where the focus is kept. */
async function draw(view: IViewContext, element: JSX.Element) {
  document.body.replaceChildren();
  const widget = BoundedWidget.of(view, element);
  await act(async () => {
    Widget.attach(widget, document.body);
    widget.processMessage(Widget.Msg.UpdateRequest);
  });
  const button = (name: RegExp) =>
    [...widget.node.querySelectorAll('button')].find(each =>
      name.test(each.getAttribute('aria-label') ?? each.textContent ?? '')
    );
  /** Press a button as a person does, and let what follows happen. */
  const press = async (name: RegExp): Promise<Element | null> => {
    button(name)?.focus();
    expect(document.activeElement).toBe(button(name));
    await act(async () => button(name)?.click());
    await act(async () => undefined);
    return document.activeElement;
  };
  return { node: widget.node, button, press };
}

const HELLO = endpoint();

describe('the focus stays where a person is', () => {
  it('after a header is removed', async () => {
    const { view, state, session } = await build({ endpoints: [HELLO] });
    const http = httpOf(session, state, view.model.api);
    const row = { ...state.snapshot.rows[0] } as never;
    const headers = { 'X-One': '1', 'X-Two': '2' };
    http.fill(HELLO, { values: { ...http.draft(HELLO).values, headers } });
    const given = { view, state, row, session, http, onSend: () => undefined } as never;
    const Shown = (): JSX.Element => {
      useSignals(http.changed);
      return <HeadersView {...(given as React.ComponentProps<typeof HeadersView>)} />;
    };
    const { press, button, node } = await draw(view, <Shown />);
    expect(await press(/^Remove header X-One/)).toBe(button(/^Remove header X-Two/));
    const left = await press(/^Remove header X-Two/);
    expect(node.contains(left)).toBe(true);
    expect(node.querySelectorAll('.nl-Headers-row')).toHaveLength(1);
  });

  it('after an example is deleted', async () => {
    const { view } = await build({ endpoints: [HELLO] });
    const Shown = (): JSX.Element => {
      const [names, setNames] = React.useState(['a']);
      return (
        <ExamplesView
          view={view}
          examples={names.map(name => ({ name }) as never)}
          onChoose={() => undefined}
          onSave={() => undefined}
          onDelete={() => {
            setNames([]);
            return () => undefined;
          }}
        />
      );
    };
    const { press, button, node } = await draw(view, <Shown />);
    const select = node.querySelector('select');
    await act(async () => {
      const set = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value')?.set;
      set?.call(select, 'a');
      select?.dispatchEvent(new Event('change', { bubbles: true }));
    });
    expect(await press(/^Delete example/)).toBe(button(/^Save as example/));
  });

  it('after the introduction is dismissed', async () => {
    const { view, state } = await build({ endpoints: [HELLO] });
    const preferences = new Preferences();
    preferences.connect(async () => undefined);
    const hint = new FirstRunHint(preferences);
    const ignore = (): void => undefined;
    const { press, node } = await draw(
      view,
      <LensBody
        cellId="hello"
        state={state}
        view={view}
        hint={hint}
        onLeave={ignore}
        onMenu={ignore}
      />
    );
    const left = await press(/^Got it/);
    expect(node.querySelector('.nl-FirstRunHint')).toBeNull();
    expect(node.contains(left)).toBe(true);
  });
});
