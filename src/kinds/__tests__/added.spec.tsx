import { nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { CommandRegistry } from '@lumino/commands';
import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { CommandIDs } from '../../commandids';
import { LensBody } from '../../lens/widget';
import { FirstRunHint } from '../../lens';
import { CallLog, type NotebookAnalysis, NotebookState, ServedNotebooks } from '../../model';
import {
  FakeEvents,
  analysis as analysed,
  endpoint,
  fakeApi,
  stats,
  served
} from '../../model/__tests__/samples';
import { PreviewSession } from '../../model/preview';
import { PaneBody } from '../../preview';
import type { Endpoint, Journal } from '../../protocol';
import { PanelBody } from '../../sidebar/body';
import { CollapsedSections, Kinds, type IKind, type IViewContext } from '../../view';
import { KINDS, OTHER } from '..';
import { TALLY, type ITallyEndpoint } from './tally';

const { act } = React;

const VOTES: ITallyEndpoint = {
  key: 'TALLY /votes/{name}',
  kind: 'tally',
  badge: 'TALLY',
  path: '/votes/{name}',
  function: 'vote',
  cell: 2,
  cell_id: 'hello',
  inputs: [
    { name: 'name', place: 'path', type: 'str', required: true, default: null, json_schema: {} }
  ],
  total: 7
};

const JOURNAL: Journal = {
  calls: [
    {
      id: '',
      key: VOTES.key,
      status: 200,
      started: 1,
      duration_ms: 3,
      request: null,
      undeclared: [],
      output: 'counted one',
      failure: null
    }
  ],
  messages: [],
  prints: [],
  crashes: [],
  runs: []
};

beforeAll(() => {
  Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
});

/** What the panel, the lens and the preview are drawn from, with a served notebook of endpoints. */
async function build(kinds: readonly IKind[], endpoints: readonly Endpoint[]) {
  const events = new FakeEvents();
  const api = fakeApi({ journal: async () => JOURNAL });
  const notebooks = new ServedNotebooks({ api, listen: events.listen });
  const analysis = {
    analysis: analysed({ endpoints }),
    edited: new Set<string>(),
    failure: null,
    changed: new Signal<object, void>({}),
    dispose: () => undefined
  } as unknown as NotebookAnalysis;
  const state = new NotebookState(analysis, notebooks, () => 'quickstart.ipynb');
  await notebooks.refresh();
  const calls = new CallLog({ state, api });
  events.emit({ served: served({ endpoints }) });
  events.emit({ id: 'a1', stats: [stats({ key: VOTES.key, calls: 5 })] });
  const session = new PreviewSession(state, {
    document: { getMetadata: () => undefined, setMetadata: () => undefined },
    storage: null
  });
  const commands = new CommandRegistry();
  const invoked: unknown[] = [];
  for (const id of [CommandIDs.tryEndpoint, CommandIDs.copyUrl, CommandIDs.insertSample]) {
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
  return { view, state, session, invoked };
}

async function draw(element: JSX.Element): Promise<HTMLElement> {
  document.body.replaceChildren();
  const widget = ReactWidget.create(element);
  await act(async () => {
    Widget.attach(widget, document.body);
    widget.processMessage(Widget.Msg.UpdateRequest);
  });
  return widget.node;
}

const ignore = () => undefined;

async function lensOf({ view, state }: Awaited<ReturnType<typeof build>>): Promise<HTMLElement> {
  const given = { view, state, onLeave: ignore, onMenu: ignore };
  return draw(<LensBody cellId="hello" hint={new FirstRunHint(null)} {...given} />);
}

describe('a kind that is added from outside', () => {
  const added = () => build([...KINDS, TALLY], [VOTES, endpoint({ cell: 4, cell_id: 'other' })]);
  const click = (host: HTMLElement, selector: string) =>
    act(async () => host.querySelector<HTMLElement>(selector)?.click());

  it('is listed in the panel, under its own title and in its own words', async () => {
    const { view, invoked } = await added();
    const host = await draw(
      <PanelBody view={view} sessions={null} collapsed={new CollapsedSections(null, '')} />
    );
    const titles = [...host.querySelectorAll('h3')].map(each => each.textContent);
    expect(titles).toEqual(['Server', 'Endpoints (1)', 'Tallies (1)', 'Calls']);
    const row = host.querySelector<HTMLElement>('[data-section="tallies"] .nl-Item-main');
    expect(row?.textContent).toBe('TALLY/votes/{name} counted5 countedLivefrom 7 on, in the panel');
    await click(host, '[data-section="tallies"] .nl-Item-main');
    await click(host, '[aria-label="Copy the URL of TALLY /votes/{name} counted"]');
    const at = { key: VOTES.key, path: 'quickstart.ipynb' };
    expect(invoked).toEqual([
      [CommandIDs.tryEndpoint, at],
      [CommandIDs.copyUrl, at]
    ]);
  });

  it('is told of by its lens', async () => {
    const host = await lensOf(await added());
    const row = host.querySelector('.nl-LensRow');
    expect(row?.getAttribute('aria-label')).toBe('Endpoint TALLY /votes/{name} counted, Live');
    expect(row?.textContent).toBe(
      'TALLY/votes/{name} countedLivefrom 7 on, in the lens5 countedCountCopy URL⋯'
    );
  });

  it('is tried in its own preview', async () => {
    const { view, state, session } = await added();
    session.show(VOTES.key);
    const host = await draw(<PaneBody view={view} state={state} session={session} />);
    expect(host.querySelector('select')?.selectedOptions[0]?.text).toBe('/votes/{name} counted');
    expect(host.querySelector('.nl-Preview-body')?.textContent).toBe('The tally begins at 7.');
  });

  it('is called, and its calls are told', async () => {
    const { view } = await added();
    const host = await draw(
      <PanelBody view={view} sessions={null} collapsed={new CollapsedSections(null, '')} />
    );
    const call = host.querySelector('[data-section="calls"] .nl-Call-line');
    expect(call?.textContent).toContain('200TALLY /votes/{name}3 msoutside');
    await click(host, '[data-section="calls"] .nl-Call-line');
    expect(host.querySelector('.nl-Call-detail')?.textContent).toContain('counted one');
  });

  it('has a cell to begin with, and commands of its own', async () => {
    const { view, invoked } = await build([...KINDS, TALLY], []);
    (view.model.current?.snapshot as { cells: unknown }).cells = [];
    const host = await draw(
      <PanelBody view={view} sessions={null} collapsed={new CollapsedSections(null, '')} />
    );
    const cards = host.querySelectorAll<HTMLElement>('.nl-Card');
    expect(cards[cards.length - 1]?.textContent).toBe('TallyCounts its calls.');
    await act(async () => cards[cards.length - 1]?.click());
    expect(invoked).toEqual([
      [CommandIDs.insertSample, { kind: 'tally', path: 'quickstart.ipynb' }]
    ]);
    TALLY.register?.(view);
    expect(await view.commands.execute('tally:reset')).toBe('reset');
  });
});

describe('a kind without an entry', () => {
  const unknown = () => build(KINDS, [VOTES]);

  it('is listed, told of and shown all the same', async () => {
    const built = await unknown();
    const { view, state, session } = built;
    const panel = await draw(
      <PanelBody view={view} sessions={null} collapsed={new CollapsedSections(null, '')} />
    );
    const list = panel.querySelector('[data-section="others"]');
    expect(list?.querySelector('h3')?.textContent).toBe('Other endpoints (1)');
    expect(list?.querySelector('.nl-Item-main')?.textContent).toBe('TALLY/votes/{name}Live');
    const lens = await lensOf(built);
    expect(lens.querySelector('.nl-LensRow')?.textContent).toBe(
      'TALLY/votes/{name}LiveShowCopy URL⋯'
    );
    session.show(VOTES.key);
    const pane = await draw(<PaneBody view={view} state={state} session={session} />);
    const shown = pane.querySelector('.nl-Preview-body');
    expect([...(shown?.querySelectorAll('code') ?? [])].map(each => each.textContent)).toEqual([
      'name: str',
      'http://localhost/neutrino/live/a1/votes/{name}'
    ]);
  });
});
