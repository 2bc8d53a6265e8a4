/**
 * Panel, lens and preview of a served notebook, drawn into the page.
 */
import { nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { CommandIDs } from '../../commandids';
import { CallLog, type NotebookAnalysis, NotebookState, ServedNotebooks } from '../../model';
import {
  FakeEvents,
  analysis as analysed,
  fakeApi,
  journal,
  served
} from '../../model/__tests__/samples';
import { PreviewSession } from '../../model/preview';
import type { Diagnostic, Endpoint, EndpointStats, Journal } from '../../protocol';
import { KINDS, OTHER } from '../../kinds';
import { Kinds, type IKind, type IViewContext } from '..';

const { act } = React;

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

/** What the views are drawn from. */
export interface IDrawn {
  readonly endpoints: readonly Endpoint[];
  readonly kinds?: readonly IKind[];
  readonly journal?: Journal;
  readonly stats?: readonly EndpointStats[];
  readonly diagnostics?: readonly Diagnostic[];
  readonly edited?: readonly string[];
  readonly isServed?: boolean;
}

/** A notebook of endpoints, served unless it is said otherwise, and what the commands are told. */
export async function build(given: IDrawn) {
  const { endpoints, kinds = KINDS, diagnostics = [] } = given;
  const events = new FakeEvents();
  const api = fakeApi({ journal: async () => given.journal ?? journal() });
  const notebooks = new ServedNotebooks({ api, listen: events.listen });
  const analysis = {
    analysis: analysed({ endpoints, diagnostics }),
    edited: new Set<string>(given.edited),
    failure: null,
    changed: new Signal<object, void>({}),
    dispose: () => undefined
  } as unknown as NotebookAnalysis;
  const state = new NotebookState(analysis, notebooks, () => 'quickstart.ipynb');
  await notebooks.refresh();
  const calls = new CallLog({ state, api });
  if (given.isServed !== false) {
    events.emit({ served: served({ endpoints }) });
    events.emit({ id: 'a1', stats: given.stats ?? [] });
  }
  const session = new PreviewSession(state, {
    document: { getMetadata: () => undefined, setMetadata: () => undefined },
    storage: null
  });
  const commands = new CommandRegistry();
  const invoked: unknown[] = [];
  for (const id of Object.values(CommandIDs)) {
    commands.addCommand(id, {
      execute: args => void invoked.push([id, args]),
      describedBy: { args: {} }
    });
  }
  const view = {
    model: {
      current: state,
      currentChanged: new Signal<object, void>({}),
      served: notebooks,
      exports: { changed: new Signal<object, void>({}), known: () => null },
      callsOf: () => calls,
      api,
      address: api.liveUrl
    },
    kinds: new Kinds(kinds, OTHER),
    commands,
    trans: nullTranslator.load('neutrino_lab'),
    editors: null,
    say: () => undefined
  } as unknown as IViewContext;
  return { view, state, session, invoked, events };
}

/** Draw an element, alone on the page. */
export async function draw(element: JSX.Element): Promise<HTMLElement> {
  document.body.replaceChildren();
  const widget = ReactWidget.create(element);
  await act(async () => {
    Widget.attach(widget, document.body);
    widget.processMessage(Widget.Msg.UpdateRequest);
  });
  return widget.node;
}
