import { Signal } from '@lumino/signaling';
import * as React from 'react';
import { CallFailed } from '../../api';
import type { NotebookState } from '../../model';
import type { DraftCandidate } from '../../protocol';
import type { IViewContext } from '../../view';
import { draw } from '../../view/__tests__/drawn';
import { PaneBody } from '../pane';
import { failuresFirst } from '../trial';
import { build, candidate, row, type Told } from './samples';

jest.mock('uplot', () => ({ __esModule: true, default: class {} }));

const { act } = React;

const trans = {
  __: (text: string, ...args: unknown[]) =>
    text.replace(/%(\d)/g, (_, index: string) => String(args[Number(index) - 1])),
  _n: (one: string, many: string, count: number, ...args: unknown[]) =>
    (count === 1 ? one : many).replace(/%(\d)/g, (_, index: string) =>
      String([count, ...args][Number(index) - 1])
    )
};

async function show(given: Parameters<typeof build>[0]) {
  const built = build(given);
  const done: string[] = [];
  const state = {
    changed: new Signal<object, void>({}),
    snapshot: { path: 'a.ipynb', rows: [] }
  } as unknown as NotebookState;
  const commands = { execute: async (id: string) => void done.push(id) };
  const host = await draw(
    <PaneBody
      view={{ trans, commands } as unknown as IViewContext}
      state={state}
      drafting={built.subject}
      actions={{
        accept: async () => void done.push('accept'),
        edit: async () => void done.push('edit')
      }}
    />
  );
  const button = (name: string): HTMLButtonElement | undefined =>
    [...host.querySelectorAll('button')].find(each => each.textContent === name);
  const click = (name: string): Promise<void> =>
    act(async () => {
      button(name)?.click();
      await Promise.resolve();
    });
  return { ...built, host, done, button, click };
}

/** A pane in which these candidates have come, one after the other. */
async function showCandidate(...candidates: DraftCandidate[]) {
  const drafts = candidates.map((each): readonly Told[] => [['candidate', each]]);
  const shown = await show({ drafts });
  await act(() => shown.subject.look());
  await act(() => shown.subject.draft());
  return shown;
}

describe('the pane of a draft', () => {
  it('shows what is sent before it is sent', async () => {
    const { host, button, click, asked } = await show({ drafts: [[]] });
    expect(button('Send and draft')).toBeUndefined();
    await click('Show what is sent');
    const sent = host.querySelector('.nl-Generate-sent');
    expect(sent?.textContent).toBe(
      'These words, the declaration of the cell and these names and types go to written-by-hand at ' +
        '127.0.0.1. No value does.the spread{"price": "float"}' +
        'The draft is tried here on the newest 20 values.'
    );
    expect(asked.map(([name]) => name)).toEqual(['preview']);
    await click('Send and draft');
    expect(asked.map(([name]) => name).slice(0, 2)).toEqual(['preview', 'begin']);
  });

  it('says that values go along once they are shared, and asks to look again', async () => {
    const { host, button, click } = await show({});
    await click('Show what is sent');
    await act(async () => host.querySelector<HTMLElement>('input[type="checkbox"]')?.click());
    expect(button('Send and draft')).toBeUndefined();
    await click('Show what is sent');
    expect(host.querySelector('.nl-Generate-sent')?.textContent).toContain('these values go to');
  });

  it('goes on by the keyboard alone', async () => {
    const { host, asked, done } = await show({ drafts: [[]] });
    const press = (key: string, ctrlKey = false): Promise<void> =>
      act(async () => {
        const target = host.querySelector('textarea') ?? host.querySelector('button');
        target?.dispatchEvent(
          new KeyboardEvent('keydown', { key, ctrlKey, bubbles: true, cancelable: true })
        );
        await Promise.resolve();
      });
    await press('Enter', true);
    await press('Enter', true);
    expect(asked.map(([name]) => name).slice(0, 2)).toEqual(['preview', 'begin']);
    await press('Escape');
    expect(done).toEqual(['neutrino-lab:resume-cell']);
  });

  it('says what to set where there is no model', async () => {
    const message = 'No language model is configured: set `NEUTRINO_LLM_MODEL`.';
    const { host, click } = await show({
      api: {
        preview: async () => {
          throw new CallFailed(409, { code: 'no-model', message, context: {} });
        }
      }
    });
    await click('Show what is sent');
    const told = host.querySelector('[role="alert"]')?.textContent ?? '';
    expect(told).toContain('NEUTRINO_LLM_BASE_URL');
    expect(told).toContain('need no model');
    expect(host.textContent).not.toContain('`');
  });

  it('shows code, difference, trial, cost and what was sent', async () => {
    const rows = [
      row({ value: '1', outputs: '2', before: '1', state: '{"n": 1}' }),
      row({ kind: 'edge', value: 'null', outputs: '', error: 'TypeError: null' })
    ];
    const { host, click, done } = await showCandidate(candidate({ rows }));
    const cells = [...host.querySelectorAll('tbody tr')].map(each =>
      [...each.querySelectorAll('td')].map(cell => cell.textContent)
    );
    expect(cells).toEqual([
      ['edge case', 'null', '', 'fails: TypeError: null', '', '<1 ms'],
      ['recent', '1', '1', '2', '{"n": 1}', '<1 ms']
    ]);
    expect([...host.querySelectorAll('[data-kind="added"]')].map(each => each.textContent)).toEqual(
      ['+ def spread(value):\n', '+     return value\n']
    );
    const text = host.textContent ?? '';
    expect(text).toContain(
      '1 round with written-by-hand at 127.0.0.1 · 1,200 tokens in, 40 out · tried on 1 value · ' +
        '12 µs each'
    );
    expect(text).toContain('Tried isolated by bubblewrap');
    expect(text).toContain('user:\nWhat it has to do: the spread');
    expect(text).toContain('Passed: valid PythonLeft out: state stays small');
    expect(text).not.toContain('`');
    await click('Accept');
    await click('Edit');
    expect(done).toEqual(['accept', 'edit']);
  });

  it('does not accept what is refused, and says why', async () => {
    const checks = [{ name: 'edges', status: 'failed', message: 'It raises for `null`' }] as const;
    const { host, button, click, done } = await showCandidate(
      candidate({ is_sound: false, checks })
    );
    expect(host.textContent).toContain('This draft is refused');
    expect(host.textContent).toContain(
      'Fails (null, missing and extreme values): It raises for null'
    );
    expect(button('Accept')?.getAttribute('aria-disabled')).toBe('true');
    await click('Accept');
    await click('Edit');
    expect(done).toEqual(['edit']);
  });

  it('accepts nothing for a cell that has changed since', async () => {
    const { subject, cell, button } = await showCandidate(candidate());
    await act(async () => {
      cell.source = 'by hand';
      subject.say('');
    });
    const titles = ['Accept', 'Edit'].map(name => button(name)?.title);
    expect(titles).toEqual([
      'The cell has changed since it was drafted: try again for the cell as it is',
      'The cell has changed since it was drafted: try again for the cell as it is'
    ]);
  });

  it('tries again once it was said what is to be otherwise', async () => {
    const { subject, asked, button, click } = await showCandidate(
      candidate(),
      candidate({ id: 'd2' })
    );
    expect(button('Try again')?.getAttribute('aria-disabled')).toBe('true');
    await act(async () => subject.say('round it'));
    await click('Try again');
    expect(asked.filter(([name]) => name === 'begin')[1]?.[1]).toMatchObject({ last: 'd1' });
  });

  it('says that it is in the cell, and begins another', async () => {
    const { subject, host, click } = await showCandidate(candidate());
    await act(async () => void (await subject.accept()));
    expect(host.querySelector('[role="status"]')?.textContent).toContain('Undo takes it back');
    await click('Draft another');
    expect(host.querySelector('textarea')?.value).toBe('the spread');
  });
});

describe('an endpoint', () => {
  it('says that it runs without a sandbox once it is accepted, and where its requests are from', async () => {
    const rows = [row({ kind: 'request', value: '{"query": {"n": 1}}' })];
    const { host } = await showCandidate(
      candidate({ kind: 'HTTP', shape: '', is_sandboxed: false, rows })
    );
    expect(host.textContent).toContain('Tried isolated by bubblewrap');
    expect(host.textContent).toContain('it runs in the process of the service');
    expect(host.textContent).toContain('example request');
  });

  it('of our own runs there as well, and nothing is said of it', async () => {
    const { host } = await showCandidate(candidate({ is_sandboxed: false, sandbox: '' }));
    expect(host.textContent).not.toContain('in the process of the service');
  });
});

describe('the rows of a trial', () => {
  it('begin with those that failed, each kind in its order', () => {
    const [one, two, three] = [row({ value: '1' }), row({ value: '2', error: 'no' }), row()];
    expect(failuresFirst([one, two, three])).toEqual([two, one, three]);
  });
});
