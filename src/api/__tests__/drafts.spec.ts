import { ServerConnection } from '@jupyterlab/services';
import { DraftsClient } from '../drafts';

/** A server that gives these answers, one after the other, and what it was asked. */
function client(...answers: (() => Response)[]) {
  const asked: [string, string, string | null][] = [];
  const settings = ServerConnection.makeSettings({
    baseUrl: 'http://localhost:8888/user/a/',
    fetch: async (input: RequestInfo | URL) => {
      const request = input as Request;
      const { pathname } = new URL(request.url);
      asked.push([request.method, pathname, request.headers.get('Last-Event-ID')]);
      return answers.shift()?.() ?? new Response(null, { status: 204 });
    }
  });
  return { asked, subject: new DraftsClient(settings) };
}

/** Events, as one answer. */
function told(...events: readonly (readonly [id: string, kind: string])[]): () => Response {
  const bytes = Buffer.from(
    events.map(([id, kind]) => `id: ${id}\nevent: ${kind}\ndata: {}\n\n`).join('')
  );
  const pieces = [bytes];
  const read = async () => {
    const value = pieces.shift();
    return { done: value === undefined, value };
  };
  const body = { getReader: () => ({ read, cancel: async () => undefined }) };
  return () => ({ ok: true, body }) as unknown as Response;
}

describe('the calls of drafts', () => {
  it('go on after the last event that came, and end with the candidate', async () => {
    const { asked, subject } = client(
      told(['d1:1', 'drafting']),
      told(['d1:2', 'candidate'], ['d1:3', 'never'])
    );
    const kinds: string[] = [];
    for await (const { kind } of subject.follow('d1', new AbortController().signal)) {
      kinds.push(kind);
    }
    expect(kinds).toEqual(['drafting', 'candidate']);
    expect(asked).toEqual([
      ['GET', '/user/a/neutrino/api/drafts/d1', null],
      ['GET', '/user/a/neutrino/api/drafts/d1', 'd1:1']
    ]);
  });

  it('are made below the base URL, by id', async () => {
    const answer = (): Response => new Response('{"id":"x"}', { status: 201 });
    const { asked, subject } = client(answer, answer, answer);
    const request = { path: 'a.ipynb', cells: [], cell_id: 'c1' };
    await subject.preview(request);
    await subject.begin(request);
    await subject.accept('d/1');
    await subject.discard('d/1');
    expect(asked.map(([method, path]) => `${method} ${path}`)).toEqual([
      'POST /user/a/neutrino/api/drafts/preview',
      'POST /user/a/neutrino/api/drafts',
      'POST /user/a/neutrino/api/drafts/d%2F1/accept',
      'DELETE /user/a/neutrino/api/drafts/d%2F1'
    ]);
  });
});
