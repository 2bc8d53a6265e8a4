import * as React from 'react';
import { CommandIDs } from '../../commandids';
import { LensBody } from '../../lens/widget';
import { FirstRunHint } from '../../lens';
import { Preferences } from '../../model';
import { call, endpoint, journal, stats } from '../../model/__tests__/samples';
import { PaneBody } from '../../preview';
import { PanelBody } from '../../sidebar/body';
import { CollapsedSections } from '../../view';
import { build, draw } from '../../view/__tests__/drawn';
import { KINDS } from '..';
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

const JOURNAL = journal({
  calls: [call({ key: VOTES.key, duration_ms: 3, output: 'counted one' })]
});

const ignore = () => undefined;

async function lensOf({ view, state }: Awaited<ReturnType<typeof build>>): Promise<HTMLElement> {
  const given = { view, state, onLeave: ignore, onMenu: ignore };
  return draw(<LensBody cellId="hello" hint={new FirstRunHint(new Preferences())} {...given} />);
}

describe('a kind that is added from outside', () => {
  const added = () =>
    build({
      kinds: [...KINDS, TALLY],
      endpoints: [VOTES, endpoint({ cell: 4, cell_id: 'other' })],
      journal: JOURNAL,
      stats: [stats({ key: VOTES.key, calls: 5 })]
    });
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
      'TALLY/votes/{name} countedLivefrom 7 on, in the lens5 countedCopy URLCount⋯'
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
    const { view, invoked } = await build({ kinds: [...KINDS, TALLY], endpoints: [] });
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
  const unknown = () => build({ endpoints: [VOTES] });

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
      'TALLY/votes/{name}LiveCopy URLShow⋯'
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
