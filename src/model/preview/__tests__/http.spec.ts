import { Signal } from '@lumino/signaling';
import type { Call } from '../../../protocol';
import { call, endpoint, fakeApi, journal, served } from '../../__tests__/samples';
import { Preferences } from '../../preferences';
import { SHOWN_BYTES } from '../exchange';
import { httpOf } from '../http';
import type { Session } from '../queue';
import { withBodyText } from '../request';
import { PreviewSession } from '../session';
import type { PreviewTarget } from '../target';
import { withValue } from '../values';
import {
  answer,
  asState,
  bytes,
  defineTextDecoder,
  fakeDocument,
  input,
  servedState
} from './samples';

const DIGITS = input({ name: 'digits', place: 'body', required: false, default: 2 });
const SUMMARY = endpoint({ key: 'POST /s', badge: 'POST', path: '/s', inputs: [DIGITS] });
const MODELS = {
  paths: {
    '/s': {
      post: {
        requestBody: {
          content: {
            'application/json': { schema: { properties: { digits: { type: 'integer' } } } }
          }
        }
      }
    }
  }
};

function build(
  respond: (url: string, init: RequestInit) => Promise<Response>,
  hasKernel = false,
  defaultTarget: PreviewTarget = 'auto'
) {
  const kept = new Map<string, unknown>();
  const document = fakeDocument();
  const asked: [string, RequestInit][] = [];
  const described: string[] = [];
  const calls: Call[] = [];
  const printed = call({ id: 'call-1', key: 'POST /s', output: 'printed' });
  const judged: unknown[] = [];
  const api = fakeApi({
    judge: async request => {
      judged.push(request);
      return { error: 'no' };
    },
    journal: async () => journal({ calls }),
    callLive: async (url, init) => {
      if (url.endsWith('/openapi.json')) {
        described.push(url);
        return { ok: true, json: async () => MODELS } as unknown as Response;
      }
      asked.push([url, init]);
      return respond(url, init);
    }
  });
  const state = servedState();
  const sessionContext = {
    session: null,
    kernelChanged: new Signal<object, void>({}),
    statusChanged: new Signal<object, string>({})
  };
  const preferences = new Preferences();
  preferences.update({ previewTarget: defaultTarget });
  const session = new PreviewSession(asState(state), {
    document,
    storage: {
      fetch: async (key: string) => kept.get(key),
      save: async (key: string, value: unknown) => void kept.set(key, value)
    } as never,
    preferences,
    ...(hasKernel ? { sessionContext: sessionContext as unknown as Session } : {})
  });
  const http = httpOf(session, asState(state), {
    ...api,
    liveUrl: (each, path) => `http://x${each.url}${path.slice(1)}`
  });
  return { http, session, state, asked, described, judged, kept, document, printed, calls };
}

beforeAll(defineTextDecoder);

describe('a call in the preview', () => {
  it('is sent, told and remembered', async () => {
    const { http, asked } = build(async () =>
      answer(200, 'application/json; charset=utf-8', bytes('{"a"'), bytes(': 1}'))
    );
    const phases: string[] = [];
    http.changed.connect(() => {
      const phase = http.shown(SUMMARY)?.phase;
      if (phase && phases[phases.length - 1] !== phase) {
        phases.push(phase);
      }
    });
    const exchange = await http.send(SUMMARY);
    expect(asked.map(([url, init]) => [url, init.method, init.body])).toEqual([
      ['http://x/neutrino/live/a1/s', 'POST', '{"digits":2}']
    ]);
    expect(asked[0]?.[1].headers).toContainEqual(['X-Neutrino-Call', exchange.id]);
    const { status, text, size, media, isCut } = exchange;
    expect({ status, text, size, media, isCut }).toEqual({
      status: 200,
      text: '{"a": 1}',
      size: 8,
      media: 'application/json',
      isCut: false
    });
    expect(phases).toEqual(['sending', 'receiving', 'done']);
    expect(http.history(SUMMARY)).toEqual([exchange]);
  });

  it('is broken off, and an app that is away is told', async () => {
    const { http } = build(
      (_, { signal }) =>
        new Promise((__, reject) =>
          signal?.addEventListener('abort', () => reject(new Error('aborted')))
        )
    );
    const sending = http.send(SUMMARY);
    http.shown(SUMMARY)?.cancel();
    expect((await sending).phase).toBe('cancelled');
    const gone = build(() => Promise.reject(new Error('gone')));
    const failed = await gone.http.send(SUMMARY);
    expect([failed.phase, failed.error]).toEqual(['failed', { kind: 'told', text: 'gone' }]);
  });

  it('learns what was noted of it, also where that is noted later', async () => {
    const { http, printed, calls, state } = build(async () =>
      answer(200, 'text/plain', bytes('a'))
    );
    const exchange = await http.send(SUMMARY);
    await Promise.resolve();
    expect(exchange.call).toBe(null);
    calls.push({ ...printed, id: exchange.id });
    const learnt = new Promise<void>(resolve => exchange.changed.connect(() => resolve()));
    state.statsChanged.emit();
    await learnt;
    expect(exchange.call?.output).toBe('printed');
  });

  it('sends what was typed as JSON, and is sent again as it was', async () => {
    const { http, asked } = build(async () => answer(200, 'text/plain', bytes('a')));
    const typed = ['{"digits": 9007199254740993, "x": 1.0, "y": 1e400}', '[1, 2', '[1]'];
    for (const text of typed) {
      http.update(SUMMARY, withBodyText(http.draft(SUMMARY), text, false));
      await http.send(SUMMARY);
    }
    http.fill(SUMMARY, null);
    for (const exchange of http.history(SUMMARY).slice(0, 3)) {
      http.refill(SUMMARY, exchange);
      await http.send(SUMMARY);
    }
    const bodies = asked.map(([, init]) => init.body);
    expect(bodies).toEqual([...typed, ...[...typed].reverse()]);
  });

  it('is sent with the values of variables, and kept with their names', async () => {
    const { http, session, asked, kept } = build(async () => answer(200, 'text/plain', bytes('a')));
    session.variables.all = { pass: 'x"y', n: '2' };
    const text = '{"password": "{{pass}}", "at": "{{base}}", "n": {{n}}}';
    http.update(SUMMARY, withBodyText(http.draft(SUMMARY), text, false));
    await http.send(SUMMARY);
    const at = 'http://x/neutrino/live/a1';
    const sent = `{"password": "x\\"y", "at": "${at}", "n": 2}`;
    expect(asked.map(([, init]) => init.body)).toEqual([sent]);
    http.update(SUMMARY, withBodyText(http.draft(SUMMARY), '{"password": "{{pass}}"}', false));
    http.saveExample(SUMMARY, 'one');
    const [example] = http.examples(SUMMARY);
    expect([example?.text, example?.values.body]).toEqual([
      '{"password": "{{pass}}"}',
      { password: '{{pass}}' }
    ]);
    expect(JSON.stringify([...kept])).not.toContain('x\\\\\"y');
  });

  it('is remembered over a reload, but for its answer', async () => {
    const first = build(async () => answer(418, 'text/plain', bytes('tea')));
    await first.http.send(SUMMARY);
    await Promise.resolve();
    const [[key, calls] = ['', null]] = [...first.kept].filter(([each]) => /:calls:/.test(each));
    const { http, kept } = build(async () => answer(200, 'text/plain', bytes('a')));
    kept.set(key, calls);
    const restored = new Promise<void>(resolve => http.changed.connect(() => resolve()));
    http.watch(SUMMARY);
    expect(http.history(SUMMARY)).toEqual([]);
    await restored;
    const [earlier] = http.history(SUMMARY);
    expect([earlier?.status, earlier?.isForgotten, http.shown(SUMMARY)]).toEqual([418, true, null]);
    await http.send(SUMMARY);
    expect(http.history(SUMMARY).map(each => each.status)).toEqual([200, 418]);
    expect(http.shown(SUMMARY)?.status).toBe(200);
  });

  it('that is forgotten while it runs is broken off', async () => {
    const { http } = build(
      (_, { signal }) =>
        new Promise((__, reject) =>
          signal?.addEventListener('abort', () => reject(new Error('aborted')))
        )
    );
    const first = http.send(SUMMARY);
    for (let count = 0; count < 30; count += 1) {
      void http.send(SUMMARY);
    }
    expect((await first).phase).toBe('cancelled');
    expect(http.history(SUMMARY).length).toBe(30);
    http.dispose();
  });

  it('is counted to its end, however long, and shown to a megabyte', async () => {
    const piece = new Uint8Array(SHOWN_BYTES / 2 + 1);
    const { http } = build(async () => answer(200, 'text/plain', piece, piece, piece));
    const exchange = await http.send(SUMMARY);
    expect([exchange.size, exchange.isCut]).toEqual([piece.length * 3, true]);
  });
});

describe('what answers', () => {
  it('is the served notebook, unless the user wants its kernel', () => {
    const { http } = build(async () => answer(200, ''));
    expect([http.targets.current.kind, http.targets.kinds, http.targets.needsServing]).toEqual([
      'worker',
      ['worker'],
      false
    ]);
    const { http: other, state } = build(async () => answer(200, ''), true);
    expect([other.targets.current.kind, other.targets.kinds]).toEqual([
      'worker',
      ['worker', 'kernel']
    ]);
    other.targets.choose('kernel');
    expect([other.targets.current.kind, other.targets.needsServing]).toEqual(['kernel', false]);
    other.targets.choose('worker');
    state.snapshot = { ...state.snapshot, served: null };
    expect([other.targets.current.kind, other.targets.needsServing]).toEqual(['worker', true]);
  });

  it('is what is set to be the first', () => {
    const { http } = build(async () => answer(200, ''), true, 'kernel');
    expect(http.targets.current.kind).toBe('kernel');
    http.targets.choose('worker');
    expect(http.targets.current.kind).toBe('worker');
  });
});

describe('what is known of an endpoint', () => {
  it('is asked for while it is watched, once for each version, and not by looking', async () => {
    const { http, state, described } = build(async () => answer(200, ''));
    const look = () => [http.fields(SUMMARY), http.draft(SUMMARY), http.history(SUMMARY)];
    const serve = async (version: number) => {
      state.snapshot = { ...state.snapshot, served: served({ version }) };
      state.changed.emit();
      await Promise.resolve();
    };
    look();
    await serve(2);
    expect(described).toEqual([]);
    const watched = http.watch(SUMMARY);
    await serve(2);
    await serve(3);
    look();
    expect(described.length).toBe(2);
    watched.dispose();
    await serve(4);
    expect(described.length).toBe(2);
  });
});

describe('what is filled in', () => {
  it('moves with an endpoint to its new path', () => {
    const { http } = build(async () => answer(200, ''));
    const draft = http.draft(SUMMARY);
    http.update(SUMMARY, { ...draft, values: withValue(draft.values, DIGITS, 7) });
    const moved = { ...SUMMARY, key: 'POST /t', path: '/t' };
    expect(http.draft(moved).values.body).toEqual({ digits: 7 });
  });

  it('is an example first, where the notebook has one', () => {
    const { http, document } = build(async () => answer(200, ''));
    const draft = http.draft(SUMMARY);
    http.update(SUMMARY, { ...draft, values: withValue(draft.values, DIGITS, 9) });
    http.saveExample(SUMMARY, 'nine');
    const other = build(async () => answer(200, ''));
    other.document.setMetadata('neutrino_lab', document.getMetadata('neutrino_lab'));
    expect(other.http.draft(SUMMARY).values.body).toEqual({ digits: 9 });
    other.http.deleteExample(SUMMARY, 'nine');
    expect(other.http.examples(SUMMARY)).toEqual([]);
    other.http.fill(SUMMARY, null);
    expect(other.http.draft(SUMMARY).values.body).toEqual({ digits: 2 });
  });

  it('has examples that keep what they expect when they are saved again', () => {
    const { http, document } = build(async () => answer(200, ''));
    http.saveExample(SUMMARY, 'one');
    const kept = document.getMetadata('neutrino_lab') as { examples: Record<string, object[]> };
    const [[cell, [first]] = ['', []]] = Object.entries(kept.examples);
    const expecting = { ...first, expect: { status: 422 } };
    document.setMetadata('neutrino_lab', { ...kept, examples: { [cell]: [expecting] } });
    http.saveExample(SUMMARY, 'one');
    expect(document.getMetadata('neutrino_lab')).toEqual({
      ...kept,
      examples: { [cell]: [expecting] }
    });
  });

  it('has examples that are sent and judged, and leave no trace in the list of calls', async () => {
    const { http, asked, judged } = build(async () => answer(200, 'text/plain', bytes('sum')));
    http.update(SUMMARY, withBodyText(http.draft(SUMMARY), '{"digits": 1.0}', false));
    http.saveExample(SUMMARY, 'one');
    http.expect(SUMMARY, 'one', { status: 422 });
    const [example] = http.examples(SUMMARY);
    const verdict = example && (await http.check(SUMMARY, example));
    expect(verdict).toMatchObject({ status: 200, error: 'no', example: { name: 'one' } });
    expect(judged).toEqual([{ expect: { status: 422 }, status: 200, text: 'sum' }]);
    expect(asked.map(([, init]) => init.body)).toEqual(['{"digits": 1.0}']);
    expect(http.history(SUMMARY)).toEqual([]);
    http.expect(SUMMARY, 'one', null);
    expect(http.examples(SUMMARY)[0]?.expect).toBeUndefined();
  });

  it('has examples whose deletion can be undone, once', () => {
    const { http, document } = build(async () => answer(200, ''));
    ['one', 'two', 'three'].forEach(name => http.saveExample(SUMMARY, name));
    const before = document.getMetadata('neutrino_lab');
    const undo = http.deleteExample(SUMMARY, 'two');
    expect(http.examples(SUMMARY).map(each => each.name)).toEqual(['one', 'three']);
    undo();
    undo();
    expect(document.getMetadata('neutrino_lab')).toEqual(before);
    http.deleteExample(SUMMARY, 'none')();
    expect(document.getMetadata('neutrino_lab')).toEqual(before);
  });

  it('comes back after a reload', async () => {
    const { http, kept } = build(async () => answer(200, ''));
    kept.set('neutrino-lab:request:a.ipynb:hello', {
      values: { path: {}, query: {}, headers: {}, body: { digits: 5 } },
      first: { 'body digits': 2 },
      parked: {},
      text: null
    });
    const restored = new Promise<void>(resolve => http.changed.connect(() => resolve()));
    http.watch(SUMMARY);
    await restored;
    expect(http.draft(SUMMARY).values.body).toEqual({ digits: 5 });
  });
});
