import { ServerConnection } from '@jupyterlab/services';
import { CallFailed } from '../calls';
import { ExecutionClient, type IChatOptions } from '../execution';
import { LineLost, eventsOf, follow, type IServerEvent } from '../streams';

/** An answer that comes in pieces, and breaks at its end where it is told to. */
function answer(pieces: readonly (string | Uint8Array)[], breaks = false): Response {
  const waiting = [...pieces];
  const read = async () => {
    const piece = waiting.shift();
    if (piece === undefined && breaks) {
      throw new TypeError('network error');
    }
    const value = typeof piece === 'string' ? Buffer.from(piece) : piece;
    return { done: piece === undefined, value };
  };
  const body = { getReader: () => ({ read, cancel: async () => undefined }) };
  return { ok: true, body } as unknown as Response;
}

function event(number: number, kind: string, data: unknown = { number }): string {
  return `id: a:${number}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function all(events: AsyncGenerator<IServerEvent>): Promise<IServerEvent[]> {
  const found: IServerEvent[] = [];
  for await (const each of events) {
    found.push(each);
  }
  return found;
}

const NEVER = new AbortController().signal;
const AT_ONCE = async () => undefined;

describe('events', () => {
  it('are read wherever the pieces are cut, in the middle of a letter too', async () => {
    const bytes = Buffer.from(event(1, 'text', { text: 'a é 🙂' }) + event(2, 'done'));
    const pieces = [...bytes].map(byte => Uint8Array.of(byte));
    expect(await all(eventsOf(answer(pieces)))).toEqual([
      { id: 'a:1', kind: 'text', data: { text: 'a é 🙂' } },
      { id: 'a:2', kind: 'done', data: { number: 2 } }
    ]);
  });

  it('that are no JSON objects, and comments, are passed over', async () => {
    const odd = [
      ': still running\n\n',
      event(1, 'text', [1]),
      'data: {"a"\n\n',
      event(2, 'text', null)
    ];
    expect(await all(eventsOf(answer([...odd, event(3, 'done')])))).toEqual([
      { id: 'a:3', kind: 'done', data: { number: 3 } }
    ]);
  });
});

describe('a log', () => {
  /** The answers one after the other, and after which event each was asked for. */
  function log(...answers: (Response | Error)[]) {
    const asked: string[] = [];
    const open = async (after: string) => {
      asked.push(after);
      const next = answers.shift();
      if (next instanceof Error) {
        throw next;
      }
      return next ?? answer([]);
    };
    return { asked, events: follow({ open, signal: NEVER, pause: AT_ONCE }) };
  }

  it('goes on after the last event that came', async () => {
    const { asked, events } = log(
      answer([event(1, 'started'), event(2, 'text')], true),
      new TypeError('Failed to fetch'),
      answer([event(3, 'done')])
    );
    expect((await all(events)).map(({ id }) => id)).toEqual(['a:1', 'a:2', 'a:3']);
    expect(asked).toEqual(['', 'a:2', 'a:2']);
  });

  it('is over with its last event, whatever comes then', async () => {
    const { events } = log(answer([event(1, 'finished'), event(2, 'text')]));
    expect((await all(events)).map(({ id }) => id)).toEqual(['a:1']);
  });

  it('that was never begun is not asked for twice', async () => {
    const { asked, events } = log(new TypeError('Failed to fetch'));
    await expect(all(events)).rejects.toBeInstanceOf(LineLost);
    expect(asked).toEqual(['']);
  });

  it('is given up in the end', async () => {
    const { asked, events } = log(answer([event(1, 'started')]));
    await expect(all(events)).rejects.toBeInstanceOf(LineLost);
    expect(asked).toEqual(['', ...Array<string>(6).fill('a:1')]);
  });

  it('that is refused says why', async () => {
    const refusal = new CallFailed(404, { code: 'no-execution', message: 'Gone.', context: {} });
    const { events } = log(answer([event(1, 'started')]), refusal);
    await expect(all(events)).rejects.toBe(refusal);
  });
});

describe('the client', () => {
  function client(make: () => Response, options: IChatOptions = {}) {
    const asked: Request[] = [];
    const settings = ServerConnection.makeSettings({
      baseUrl: 'http://localhost:8888/user/a%40b/',
      fetch: async (request: RequestInfo | URL) => {
        asked.push(request as Request);
        return make();
      }
    });
    return { asked, subject: new ExecutionClient(settings, () => options) };
  }

  it('asks the model that the user has chosen', async () => {
    const options = { model: 'm', base_url: 'http://a/v1', rounds: 3 };
    const { asked, subject } = client(() => answer([event(1, 'done')]), options);
    await all(subject.ask({ messages: [] }, NEVER));
    expect(JSON.parse((await asked[0]?.text()) ?? '')).toEqual({ ...options, messages: [] });
    await subject.chatModel().catch(() => null);
    const { searchParams } = new URL(asked[1]?.url ?? '');
    expect([searchParams.get('model'), searchParams.get('base_url')]).toEqual(['m', 'http://a/v1']);
  });

  it('asks for a stream below the base URL', async () => {
    const { asked, subject } = client(() => answer([event(1, 'done')]));
    await all(subject.ask({ messages: [{ role: 'user', content: 'go' }] }, NEVER));
    const request = asked[0];
    expect([
      request?.method,
      new URL(request?.url ?? '').pathname,
      request?.headers.get('Accept'),
      request?.headers.has('Last-Event-ID'),
      await request?.text()
    ]).toEqual([
      'POST',
      '/user/a%40b/api/jupyter/chat',
      'text/event-stream',
      false,
      '{"messages":[{"role":"user","content":"go"}]}'
    ]);
  });

  it('escapes the names that it is given', async () => {
    const { asked, subject } = client(() => new Response('', { status: 200 }));
    await subject.putFile('s', 'a b/ü?.csv', new Blob(['1']));
    await subject.decide('c/1', 'call#1', { run: true });
    expect(asked.map(({ url }) => new URL(url).pathname.split('/api/jupyter/')[1])).toEqual([
      'kernel/s/files/a%20b/%C3%BC%3F.csv',
      'chat/c%2F1/calls/call%231'
    ]);
  });

  it('words a refusal as the server does', async () => {
    const told = { code: 'no-model', message: 'No model is named: set NEUTRINO_LLM_MODEL.' };
    const { subject } = client(() => new Response(JSON.stringify(told), { status: 409 }));
    await expect(subject.chatModel()).rejects.toMatchObject({ status: 409, ...{ problem: told } });
  });
});
