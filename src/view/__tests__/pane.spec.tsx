import type { JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { nullTranslator } from '@jupyterlab/translation';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import type { NotebookState } from '../../model';
import { Pane, SidecarPanes } from '..';

const { act } = React;
const view = { trans: nullTranslator.load('neutrino_lab') };

beforeAll(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});

function paneOf(options: Partial<Pane.IOptions> = {}): Pane {
  return new Pane({
    view,
    subject: {},
    state: null,
    key: () => 'a.ipynb',
    className: 'nl-Preview',
    element: <p>drawn</p>,
    name: () => ({ label: 'A', caption: 'Of A', description: 'About A' }),
    renamed: [],
    ...options
  });
}

async function draw(pane: Pane): Promise<HTMLElement> {
  await act(async () => {
    Widget.attach(pane, document.body);
    pane.content.processMessage(Widget.Msg.UpdateRequest);
  });
  return pane.content.node;
}

describe('Pane', () => {
  it('shows its element as a region with a name, which may change', async () => {
    const renamed = new Signal<object, void>({});
    let label = 'A';
    const name = () => ({ label, caption: `Of ${label}`, description: `About ${label}` });
    const pane = paneOf({ name, renamed: [renamed] });
    const node = await draw(pane);
    expect(node.textContent).toBe('drawn');
    label = 'B';
    renamed.emit();
    const told = [pane.title.label, pane.title.caption, node.getAttribute('aria-label')];
    expect([...told, node.getAttribute('role')]).toEqual(['B', 'Of B', 'About B', 'region']);
    await act(async () => pane.dispose());
    renamed.emit();
    expect(pane.title.label).toBe('');
  });

  it('tells in its place what goes wrong, and draws again when it is asked to', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    let isBroken = true;
    const Broken = (): JSX.Element => {
      if (isBroken) {
        throw new Error('no such value');
      }
      return <p>mended</p>;
    };
    const node = await draw(paneOf({ element: <Broken /> }));
    expect(node.textContent).toBe('This could not be shown: no such valueTry again');
    isBroken = false;
    await act(async () => node.querySelector('button')?.click());
    expect(node.textContent).toBe('mended');
    logged.mockRestore();
  });
});

describe('SidecarPanes', () => {
  it('opens one pane for each subject, beside its notebook or alone', async () => {
    const widgets: Widget[] = [];
    const placed: unknown[] = [];
    const shell = {
      widgets: () => widgets,
      add: (widget: Widget, area: string, options: object) => {
        widgets.push(widget);
        placed.push([area, options]);
      }
    };
    const app = { shell } as unknown as JupyterFrontEnd;
    const tracker = new WidgetTracker<Pane>({ namespace: 'test' });
    const panes = new SidecarPanes({ app, area: 'main', tracker });
    const disposed = new Signal<object, void>({});
    const context = { disposed, pathChanged: new Signal<object, void>({}) };
    const notebook = {
      id: 'notebook',
      node: document.createElement('div'),
      context
    } as unknown as NotebookPanel;
    const state = {} as NotebookState;
    const open = (subject: object, at: NotebookPanel | null) =>
      panes.open(subject, at, () => paneOf({ subject, state: at && state }));

    const first = open(state, notebook);
    const other = { session: 1 };
    const second = open(other, notebook);
    const alone = open({ session: 2 }, null);
    expect([open(state, notebook), open(other, notebook)]).toEqual([first, second]);
    expect(placed).toEqual([
      ['main', { mode: 'split-right', ref: 'notebook', activate: false }],
      ['main', { mode: 'tab-after', ref: first.id, activate: false }],
      ['main', { activate: false }]
    ]);
    await act(async () => disposed.emit());
    expect([first.isDisposed, second.isDisposed, alone.isDisposed]).toEqual([true, true, false]);
  });
});
