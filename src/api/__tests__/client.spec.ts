import { ServerConnection } from '@jupyterlab/services';
import { served } from '../../model/__tests__/samples';
import { CallFailed, ServerPartMissing, failure } from '../calls';
import { NeutrinoClient } from '../client';

function client(answer: () => Response) {
  const asked: Request[] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost:8888/user/a%40b/',
    fetch: async (request: RequestInfo | URL) => {
      asked.push(request as Request);
      return answer();
    }
  });
  return { asked, subject: new NeutrinoClient(settings) };
}

describe('the client', () => {
  it('posts below the base URL', async () => {
    const { asked, subject } = client(
      () => new Response(JSON.stringify(served()), { status: 201 })
    );
    expect(await subject.serve({ path: 'a.ipynb' })).toEqual(served());
    const request = asked[0];
    expect([request?.method, new URL(request?.url ?? '').pathname, await request?.text()]).toEqual([
      'POST',
      '/user/a%40b/neutrino/api/served',
      '{"path":"a.ipynb"}'
    ]);
  });

  it('stops by id', async () => {
    const { asked, subject } = client(() => new Response(null, { status: 204 }));
    await subject.stop('a/1');
    expect([asked[0]?.method, new URL(asked[0]?.url ?? '').pathname]).toEqual([
      'DELETE',
      '/user/a%40b/neutrino/api/served/a%2F1'
    ]);
  });

  it('makes absolute addresses, whether or not the server names its base', () => {
    const { subject } = client(() => new Response());
    const short = served({ url: '/neutrino/live/a1/' });
    const long = served({ url: '/user/a%40b/neutrino/live/a1/' });
    expect(subject.liveUrl(short, '/api/x')).toBe(
      'http://localhost:8888/user/a%40b/neutrino/live/a1/api/x'
    );
    expect(subject.liveUrl(long, '/ws/{room}', 'ws')).toBe(
      'ws://localhost:8888/user/a%40b/neutrino/live/a1/ws/{room}'
    );
    expect(subject.docsUrl(short)).toBe('http://localhost:8888/user/a%40b/neutrino/docs/a1');
  });
});

describe('a error', () => {
  it('with a problem carries it', () => {
    const error = failure(404, '{"code":"no-such-notebook","message":"It is gone."}');
    expect(error).toBeInstanceOf(CallFailed);
    expect(error.message).toBe('It is gone.');
  });

  it('without one from a server that knows no such place is a missing server part', () => {
    expect(failure(404, '<html>Not found</html>')).toBeInstanceOf(ServerPartMissing);
    expect(failure(404, '{"message":"Not Found","reason":null}')).toBeInstanceOf(ServerPartMissing);
  });

  it('otherwise says what was said', () => {
    expect(failure(502, 'Bad Gateway')).toMatchObject({ status: 502, message: 'Bad Gateway' });
  });
});

describe('a call of a served notebook', () => {
  const live = 'http://localhost:8888/user/a%40b/neutrino/live/a1/api/x';

  it('follows no redirect, and says who the user is', async () => {
    const { sent, subject } = caller();
    await subject.callLive(live, { method: 'POST', headers: { 'X-A': '1' }, redirect: 'follow' });
    expect(sent).toEqual([
      [
        live,
        { method: 'POST', redirect: 'manual', headers: { authorization: 'token t', 'x-a': '1' } }
      ]
    ]);
  });

  it.each([
    'http://elsewhere.example/neutrino/live/a1/api/x',
    'http://localhost:9999/user/a%40b/neutrino/live/a1/api/x',
    'http://localhost:8888/user/a%40b/api/contents',
    'http://localhost:8888/user/a%40b/neutrino/live/a1/../../../api/contents'
  ])('is not made to %s', async url => {
    const { sent, subject } = caller();
    await expect(subject.callLive(url, {})).rejects.toThrow('Not an address of a served notebook');
    expect(sent).toEqual([]);
  });

  function caller() {
    const sent: unknown[] = [];
    const settings = ServerConnection.makeSettings({
      baseUrl: 'http://localhost:8888/user/a%40b/',
      token: 't',
      fetch: async (url: RequestInfo | URL, init?: RequestInit) => {
        const headers = Object.fromEntries(new Headers(init?.headers).entries());
        sent.push([url, { method: init?.method, redirect: init?.redirect, headers }]);
        return new Response();
      }
    });
    return { sent, subject: new NeutrinoClient(settings) };
  }
});
