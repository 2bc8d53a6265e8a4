import { ReactWidget } from '@jupyterlab/ui-components';
import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import { Widget } from '@lumino/widgets';
import * as React from 'react';
import { CommandIDs } from '../../commandids';
import { CollapsedSections, type IViewContext } from '../../view';
import { KernelSessions } from '../model';
import { SessionsSection } from '../section';
import { FakeServer, session } from './samples';

const { act } = React;

Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });

const built: KernelSessions[] = [];

afterEach(() => built.splice(0).forEach(each => each.dispose()));

async function build() {
  const server = new FakeServer();
  const sessions = new KernelSessions(server);
  built.push(sessions);
  void sessions.connect();
  const commands = new CommandRegistry();
  const called: unknown[] = [];
  for (const id of [
    CommandIDs.pickSession,
    CommandIDs.interruptSession,
    CommandIDs.restartSession,
    CommandIDs.endSession
  ]) {
    commands.addCommand(id, {
      describedBy: { args: { type: 'object' } },
      execute: args => void called.push([id, args.id])
    });
  }
  const view = { commands, trans: nullTranslator.load('') } as unknown as IViewContext;
  const collapsed = new CollapsedSections(null, 'folds');
  const widget = ReactWidget.create(
    <SessionsSection sessions={sessions} view={view} collapsed={collapsed} />
  );
  await act(async () => {
    Widget.attach(widget, document.body);
    await widget.renderPromise;
  });
  const push = (...all: Parameters<FakeServer['push']>) => act(async () => server.push(...all));
  const buttons = () => [...widget.node.querySelectorAll<HTMLElement>('li button')];
  return { node: widget.node, push, buttons, called };
}

describe('the section of sessions', () => {
  it('is not there while there is no session', async () => {
    const { node, push } = await build();
    expect(node.innerHTML).toBe('');
    await push(1, session());
    expect(node.querySelector('section')?.getAttribute('aria-label')).toBe('Sessions (1)');
    await push(2);
    expect(node.innerHTML).toBe('');
  });

  it('says of each what it does, since when, and how much memory it uses', async () => {
    const { buttons, push } = await build();
    const created = Date.now() / 1000 - 7 * 60;
    await push(1, session({ state: 'busy', created }));
    expect(buttons()[0]?.textContent).toBe('PrimesBusy · 7 min · 84 of 2048 MB');
    expect(buttons()[0]?.title).toContain('Limits: 2048 MB of memory, 256 processes');
  });

  it('is one tab stop, and does by keyboard what the mouse does', async () => {
    const { buttons, push, called } = await build();
    await push(1, session({ state: 'busy' }), session({ session_id: 'b2', name: 'Other' }));
    expect(buttons().map(each => each.tabIndex)).toEqual([0, -1, -1, -1, -1, -1, -1, -1]);
    const press = (key: string) =>
      act(async () => {
        const event = new KeyboardEvent('keydown', { key, bubbles: true });
        document.activeElement?.dispatchEvent(event);
      });
    await act(async () => buttons()[0]?.focus());
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) {
      await press(key);
      await act(async () => (document.activeElement as HTMLElement).click());
    }
    await press('ArrowDown');
    await press('ArrowLeft');
    await press('ArrowLeft');
    // Nothing runs in the other one.
    await press('ArrowLeft');
    await act(async () => (document.activeElement as HTMLElement).click());
    await press('Delete');
    expect(called).toEqual([
      [CommandIDs.interruptSession, 'a1'],
      [CommandIDs.restartSession, 'a1'],
      [CommandIDs.endSession, 'a1'],
      [CommandIDs.pickSession, 'b2'],
      [CommandIDs.endSession, 'b2']
    ]);
  });

  it('interrupts nothing where nothing runs', async () => {
    const { buttons, push, called } = await build();
    await push(1, session());
    await act(async () => buttons()[1]?.click());
    expect([called, buttons()[1]?.title]).toEqual([[], 'Nothing runs in it']);
  });
});
