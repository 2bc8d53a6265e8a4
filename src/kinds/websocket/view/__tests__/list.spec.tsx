import { ReactWidget } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { List } from '../list';

const { act } = React;
const ROW_PX = 24;

it('a list that becomes taller stays at its end', async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  const before = globalThis.ResizeObserver;
  let measured = (): void => undefined;
  globalThis.ResizeObserver = class {
    constructor(slot: ResizeObserverCallback) {
      measured = () => slot([], this);
    }

    observe(): void {
      measured();
    }

    unobserve(): void {}

    disconnect(): void {}
  };
  let [heightPx, length] = [100, 50];
  let redraw = (): void => undefined;
  const Grown = (): JSX.Element => {
    const [, again] = React.useReducer((count: number) => count + 1, 0);
    redraw = again;
    return (
      <List
        label="Messages"
        length={length}
        idAt={index => (index < length ? index : undefined)}
        indexOf={id => id}
        row={id => `row ${id}`}
        chosen={null}
        onChoose={() => undefined}
      />
    );
  };
  const widget = ReactWidget.create(<Grown />);
  Object.defineProperties(HTMLElement.prototype, {
    clientHeight: { configurable: true, get: () => heightPx },
    scrollHeight: { configurable: true, get: () => length * ROW_PX }
  });
  try {
    await act(async () => {
      Widget.attach(widget, document.body);
      widget.processMessage(Widget.Msg.UpdateRequest);
    });
    const list = widget.node.querySelector('[role="listbox"]') as HTMLElement;
    const lastShown = (): string | null | undefined =>
      list.querySelector('[role="option"]:last-child')?.getAttribute('aria-posinset');
    expect([lastShown(), list.scrollTop]).toEqual(['50', 50 * ROW_PX - 100]);
    // The browser scrolls it back, and only then says that it is taller.
    heightPx = 200;
    list.scrollTop = 50 * ROW_PX - 200;
    await act(async () => void list.dispatchEvent(new Event('scroll', { bubbles: true })));
    await act(async () => measured());
    length = 80;
    await act(async () => redraw());
    expect([lastShown(), list.scrollTop]).toEqual(['80', 80 * ROW_PX - 200]);
  } finally {
    Object.assign(globalThis, { ResizeObserver: before });
    Reflect.deleteProperty(HTMLElement.prototype, 'clientHeight');
    Reflect.deleteProperty(HTMLElement.prototype, 'scrollHeight');
    await act(async () => widget.dispose());
  }
});
