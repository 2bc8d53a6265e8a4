import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { stats } from '../../model/__tests__/samples';
import { useStats } from '../signals';

const { act } = React;

it('stats are drawn again with their own endpoint alone', async () => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
  const calls = new Map([
    ['a', 1],
    ['b', 1]
  ]);
  const state = {
    stats: (key: string) => stats({ key, calls: calls.get(key) ?? 0 }),
    statsChanged: new Signal<never, readonly string[]>({} as never)
  };
  const drawn: string[] = [];
  const Row = ({ id }: { readonly id: string }): JSX.Element => {
    drawn.push(id);
    return <p>{useStats(state, id)?.calls}</p>;
  };
  const widget = ReactWidget.create(
    <>
      <Row id="a" />
      <Row id="b" />
    </>
  );
  await act(async () => {
    Widget.attach(widget, document.body);
    widget.processMessage(Widget.Msg.UpdateRequest);
  });
  drawn.length = 0;
  calls.set('b', 7);
  await act(async () => state.statsChanged.emit(['b']));
  expect([drawn, widget.node.textContent]).toEqual([['b'], '17']);
});
