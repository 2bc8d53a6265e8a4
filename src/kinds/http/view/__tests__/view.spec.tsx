import { nullTranslator } from '@jupyterlab/translation';
import { CommandRegistry } from '@lumino/commands';
import * as React from 'react';
import type { IRow } from '../../../../model';
import { endpoint, fakeApi } from '../../../../model/__tests__/samples';
import {
  answer,
  asState,
  bytes,
  defineTextDecoder,
  fakeDocument,
  input,
  servedState
} from '../../../../model/preview/__tests__/samples';
import { PreviewSession, httpOf } from '../../../../model/preview';
import type { IViewContext } from '../../../../view';
import { draw } from '../../../../view/__tests__/drawn';
import { HttpView } from '..';

const { act } = React;

const ITEM = endpoint({
  key: 'POST /items/{id}',
  badge: 'POST',
  path: '/items/{id:int}',
  inputs: [
    input({ name: 'id', place: 'path', json_schema: {} }),
    input({ name: 'name', place: 'body' }),
    input({ name: 'password', place: 'body' }),
    input({ name: 'note', place: 'body', required: false, default: 'none' })
  ]
});

const json = (status: number, text: string): Response =>
  answer(status, 'application/json', bytes(text));

async function build(respond: (init: RequestInit) => Promise<Response>, shown = ITEM) {
  const sent: [string, RequestInit][] = [];
  const api = {
    ...fakeApi({
      callLive: async (url, init) => {
        if (url.endsWith('/openapi.json')) {
          return { ok: false } as Response;
        }
        sent.push([url, init]);
        return respond(init);
      }
    }),
    liveUrl: (_: unknown, path: string) => `http://x${path}`
  };
  const served = servedState(shown);
  const [state, row] = [asState(served), served.snapshot.rows[0] as IRow];
  const session = new PreviewSession(state, { document: fakeDocument(), storage: null });
  const trans = nullTranslator.load('neutrino_lab');
  const commands = new CommandRegistry();
  const view = { model: { api }, trans, editors: null, say: () => undefined, commands };
  const host = await draw(
    <HttpView view={view as unknown as IViewContext} state={state} row={row} session={session} />
  );
  const field = (label: string): HTMLTextAreaElement => {
    const named = [...host.querySelectorAll('label')].find(each =>
      each.textContent?.startsWith(label)
    );
    return host.querySelector(`[id="${named?.htmlFor ?? ''}"]`) as HTMLTextAreaElement;
  };
  const write = (node: HTMLTextAreaElement, text: string) =>
    act(async () => {
      const { set } =
        Object.getOwnPropertyDescriptor(Object.getPrototypeOf(node) as object, 'value') ?? {};
      set?.call(node, text);
      node.dispatchEvent(new Event('input', { bubbles: true }));
    });
  const press = (node: Element, key: string) =>
    act(async () => {
      node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
    });
  const click = (node: Element | null) => act(async () => (node as HTMLElement).click());
  const http = httpOf(session, state, api);
  return { host, http, sent, session, field, write, press, click };
}

beforeAll(() => {
  Element.prototype.scrollIntoView = () => undefined;
  defineTextDecoder();
});

describe('the preview of an HTTP endpoint', () => {
  it('takes the place of what a field holds, and sends with Enter', async () => {
    const { sent, field, write, press } = await build(async () => json(200, '{}'));
    const id = field('id');
    await act(async () => id.focus());
    expect([id.selectionStart, id.selectionEnd]).toEqual([0, id.value.length]);
    await write(id, '42');
    await press(id, 'Enter');
    expect(sent.map(([url]) => url)).toEqual(['http://x/items/42']);
    expect(document.activeElement).toBe(id);
    await write(field('name'), 'two\nlines');
    await press(field('name'), 'Enter');
    expect(sent.length).toBe(1);
  });

  it('sends variables, and says which are none', async () => {
    const { host, sent, field, write, press, click } = await build(async () => json(200, '{}'));
    await write(field('name'), '{{who}} {{gone}}');
    expect(host.textContent).toContain('no variable has this name: {{who}}, {{gone}}');
    const tabs = [...host.querySelectorAll('[role=tab]')];
    await click(tabs.find(each => each.textContent === 'Variables') ?? null);
    const at = (label: string) => host.querySelector(`[aria-label="${label}"]`);
    await write(at('Name of variable 1') as HTMLTextAreaElement, 'who');
    await write(at('Value of variable 1') as HTMLTextAreaElement, 'Ada');
    expect(host.textContent).toContain('no variable has this name: {{gone}}');
    await press(at('Value of variable 1') as Element, 'Enter');
    expect(JSON.parse(String(sent[0]?.[1].body))).toMatchObject({ name: 'Ada {{gone}}' });
  });

  it('masks a secret, and leaves out what is not ticked', async () => {
    const { host, sent, field, click } = await build(async () => json(200, '{}'));
    expect(field('password').type).toBe('password');
    expect(field('note').value).toBe('none');
    await click(host.querySelector('[aria-label="Include note"]'));
    expect(field('note').placeholder).toBe('str – left out: "none"');
    await click(host.querySelector('.nl-Request-send'));
    expect(Object.keys(JSON.parse(String(sent[0]?.[1].body)) as object)).toEqual([
      'name',
      'password'
    ]);
  });

  it('tells what was refused at its field, a path that is not found too', async () => {
    const error = { detail: [{ loc: ['body', 'name'], msg: 'too short' }] };
    let next = json(422, JSON.stringify(error));
    const { host, field, write, press } = await build(async () => next);
    const invalid = () => [...host.querySelectorAll('[aria-invalid=true]')].map(each => each.id);
    await press(field('id'), 'Enter');
    expect(invalid()).toEqual([field('name').id]);
    expect(host.textContent).toContain('1 value was refused');
    next = json(404, '{"detail": "Not Found"}');
    await write(field('id'), 'abc');
    await press(field('id'), 'Enter');
    expect(invalid()).toEqual([field('id').id]);
  });

  it('has Send and Cancel in one place, and keeps the focus there', async () => {
    const { host, click } = await build(
      ({ signal }) =>
        new Promise((_, reject) =>
          signal?.addEventListener('abort', () => reject(new Error('aborted')))
        )
    );
    const button = host.querySelector('.nl-Request-send') as HTMLElement;
    button.focus();
    await click(button);
    expect(host.querySelector('.nl-Request-send')?.textContent).toBe('Cancel');
    await click(button);
    expect([button.textContent, document.activeElement]).toEqual(['Send', button]);
  });

  it('fills in from the list of calls what was sent', async () => {
    const { host, field, write, press, click } = await build(async () => json(200, '{}'));
    for (const id of ['1', '2']) {
      await write(field('id'), id);
      await press(field('id'), 'Enter');
    }
    const calls = host.querySelectorAll('.nl-History-call');
    expect(calls.length).toBe(2);
    expect(calls[1]?.textContent).toContain('id=1 name=text password=$PASSWORD note=none');
    await click(calls[1] ?? null);
    expect(field('id').value).toBe('1');
  });

  it('sends on change where that is asked for, and the last of many changes only', async () => {
    const get = endpoint({ badge: 'GET', inputs: [input({ name: 'q', json_schema: {} })] });
    const { http, sent, field, write } = await build(async () => json(200, '{}'), get);
    const pass = (ms: number) => act(async () => jest.advanceTimersByTime(ms));
    jest.useFakeTimers();
    try {
      await write(field('q'), '1');
      await pass(1000);
      expect(sent).toEqual([]);
      await act(async () => http.toggleSendOnChange(get));
      await pass(1000);
      for (const text of ['2', '23', '234']) {
        await write(field('q'), text);
        await pass(100);
      }
      await pass(1000);
      await act(async () => http.toggleSendOnChange(get));
      await write(field('q'), '5');
      await pass(1000);
    } finally {
      jest.useRealTimers();
    }
    expect(sent.map(([url]) => new URL(url).search)).toEqual(['?q=1', '?q=234']);
    await act(async () => http.toggleSendOnChange(ITEM));
    expect(http.sendsOnChange(ITEM)).toBe(false);
  });

  it('shows an answer that is as deep as can be', async () => {
    const deep = '['.repeat(5000) + ']'.repeat(5000);
    const { host, click } = await build(async () => json(200, deep));
    await click(host.querySelector('.nl-Request-send'));
    expect(host.querySelector('.nl-Answer-text')?.textContent).toBe(deep);
  });
});
