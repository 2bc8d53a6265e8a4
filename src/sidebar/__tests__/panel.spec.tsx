import * as React from 'react';
import { CommandIDs } from '../../commandids';
import { diagnostic, endpoint, stats } from '../../model/__tests__/samples';
import { CollapsedSections } from '../../view';
import { build, draw, type IDrawn } from '../../view/__tests__/drawn';
import { PanelBody } from '../body';

const HELLO = endpoint();
const OTHER = endpoint({ key: 'GET /other', path: '/other', cell: 4, cell_id: 'other' });

async function panel(given: Partial<IDrawn> = {}) {
  const built = await build({ endpoints: [HELLO, OTHER], ...given });
  const host = await draw(
    <PanelBody view={built.view} sessions={null} collapsed={new CollapsedSections(null, '')} />
  );
  const all = (selector: string) => [...host.querySelectorAll<HTMLElement>(selector)];
  return { ...built, host, all };
}

/** What is drawn, without texts and shapes: what a key press must not change. */
function skeleton(node: Element): string {
  return node.tagName === 'svg'
    ? '<svg>'
    : `<${node.tagName}>${[...node.children].map(skeleton).join('')}`;
}

describe('the panel', () => {
  it('has one tab stop for the endpoints, and arrows that go from row to row', async () => {
    const { all } = await panel();
    const rows = all('[data-section="endpoints"] .nl-Item-main');
    const stops = all('[data-section="endpoints"] li button').filter(each => each.tabIndex === 0);
    expect(stops).toEqual([rows[0]]);
    rows[0]?.focus();
    const event = { key: 'ArrowDown', bubbles: true, cancelable: true };
    rows[0]?.dispatchEvent(new KeyboardEvent('keydown', event));
    expect(document.activeElement).toBe(rows[1]);
    expect(rows.map(each => each.tabIndex)).toEqual([-1, 0]);
  });

  it('marks a row only where it differs from the rest', async () => {
    const { all } = await panel({ edited: ['other'] });
    const glyphs = all('.nl-Item-glyph').map(each => each.childElementCount);
    expect(glyphs).toEqual([0, 1]);
    const titles = all('.nl-Item-main').map(each => each.title.split('\n')[0]);
    expect(titles[0]).toMatch(/^GET/);
    expect(titles[1]).toMatch(/^Edited, not saved/);
  });

  it('keeps what it draws in place when a cell is edited', async () => {
    const before = await panel();
    const [server, head] = ['[data-section="server"]', '.nl-Panel-head'];
    const drawn = (all: typeof before.all) => [server, head].map(each => all(each).map(skeleton));
    const still = drawn(before.all);
    const after = await panel({ edited: ['other'] });
    expect(drawn(after.all)).toEqual(still);
  });

  it('offers what can be done with the notebook as icons with names', async () => {
    const { all, invoked } = await panel({ edited: ['other'] });
    const tools = all('.nl-Panel-tools button');
    expect(tools.map(each => each.getAttribute('aria-label'))).toEqual([
      'Save',
      'Open API Docs',
      'Export to Docker…'
    ]);
    tools.forEach(each => each.click());
    const path = 'quickstart.ipynb';
    expect(invoked).toEqual([
      [CommandIDs.save, { path }],
      [CommandIDs.openDocs, { path }],
      [CommandIDs.exportDocker, { path }]
    ]);
  });

  it('tells a problem once', async () => {
    const wrong = diagnostic({ cell: 2, cell_id: 'hello', message: 'the path is taken' });
    const { host } = await panel({ diagnostics: [wrong] });
    expect(host.textContent?.match(/he path is taken/g)).toHaveLength(1);
    const sound = await panel();
    expect(sound.all('[data-section="problems"]')).toEqual([]);
  });

  it('has the latency on the row of its path, and cuts an address in its middle', async () => {
    const { all } = await panel({ stats: [stats({ key: HELLO.key, latencies_ms: [12] })] });
    expect(all('.nl-Item-main')[0]?.textContent).toMatch(/12 ms/);
    expect(all('.nl-Item-main svg.nl-Sparkline')).toEqual([]);
    const parts = all('.nl-Server-url span').map(each => each.textContent ?? '');
    const whole = all('.nl-Server-url')[0];
    expect(parts.join('')).toBe(whole?.title);
    expect(parts[1]).toHaveLength(16);
  });
});
