import type { IExecutionApi, ISessionEvent, ISessionListener } from '../../api';
import { Artifact } from '../artifact';
import { FollowedSession } from '../session';

const SESSION = { session_id: 's', name: 'of an agent', state: 'idle' };
const PRINTED = { output_type: 'stream', name: 'stdout', text: '1\n' };

/** A session whose pushes the test makes; `gone` says that the server knows it no more. */
function followed() {
  const listeners: ISessionListener[] = [];
  const server = { gone: false, told: async () => undefined as void };
  const api = {
    listen: (_: string, listener: ISessionListener) => {
      listeners.push(listener);
      return { isDisposed: false, dispose: () => undefined };
    },
    session: async () => {
      if (server.gone) {
        throw Object.assign(new Error('gone'), { status: 404 });
      }
      return SESSION;
    },
    execute: async function* () {
      yield { id: '', kind: 'started', data: { execution_id: 'mine' } };
      await server.told();
      yield { id: '', kind: 'output', data: { index: 0, output: PRINTED } };
      yield { id: '', kind: 'finished', data: { status: 'ok', execution_id: 'mine' } };
    }
  } as unknown as IExecutionApi;
  const now = () => 0;
  const artifact = new Artifact({ api, now, sessionId: 's', name: () => '' });
  const subject = new FollowedSession({ api, artifact, id: 's', now });
  const push = (type: string, id: string | null, data: ISessionEvent['data']) =>
    listeners[listeners.length - 1]?.told({ type, execution_id: id, data });
  const shown = () =>
    artifact.written.map(cell => [cell.code, cell.status, cell.model.outputs.toJSON()]);
  return { artifact, close: () => listeners.pop()?.closed(), push, server, shown, subject };
}

function cell(id: string, code: string) {
  return { execution_id: id, code, outputs: [PRINTED], status: 'ok', execution_count: 1 };
}

describe('a session that is followed', () => {
  it('shows what was run before, and what runs as it comes', async () => {
    const { push, shown, subject } = followed();
    const told = subject.connect();
    push('session', null, { ...SESSION, cells: [cell('a', 'print(1)')] });
    push('cell', 'b', { code: 'print(2)' });
    push('output', 'b', { index: 0, output: PRINTED });
    expect(await told).toBe(true);
    expect(subject.session).toEqual(SESSION);
    expect(shown()).toEqual([
      ['print(1)', 'ok', [PRINTED]],
      ['print(2)', '', [PRINTED]]
    ]);
    push('finished', 'b', { status: 'error', outputs: [PRINTED] });
    push('output', 'unheard of', { index: 0, output: PRINTED });
    expect(shown()[1]).toEqual(['print(2)', 'error', [PRINTED]]);
  });

  it('shows nothing twice after the connection was lost', async () => {
    const { close, push, shown, subject } = followed();
    void subject.connect();
    push('session', null, { ...SESSION, cells: [] });
    push('cell', 'a', { code: 'print(1)' });
    push('output', 'a', { index: 0, output: PRINTED });
    const lost = new Promise(resolve => subject.lost.connect(resolve, subject));
    close();
    await lost;
    void subject.connect();
    push('session', null, { ...SESSION, cells: [cell('a', 'print(1)'), cell('b', '2')] });
    expect(shown()).toEqual([
      ['print(1)', 'ok', [PRINTED]],
      ['2', 'ok', [PRINTED]]
    ]);
  });

  it('shows what is run from here once', async () => {
    const { artifact, push, server, shown, subject } = followed();
    void subject.connect();
    push('session', null, { ...SESSION, cells: [] });
    server.told = async () => {
      push('cell', 'mine', { code: 'print(1)' });
      push('output', 'mine', { index: 0, output: PRINTED });
    };
    await artifact.run(artifact.add('print(1)'));
    push('cell', 'mine', cell('mine', 'print(1)'));
    expect(shown()).toEqual([['print(1)', 'ok', [PRINTED]]]);
  });

  it('that has ended keeps what it showed', async () => {
    const { close, push, server, shown, subject } = followed();
    void subject.connect();
    push('session', null, { ...SESSION, cells: [cell('a', '1')] });
    server.gone = true;
    const ended = new Promise(resolve => subject.changed.connect(resolve, subject));
    close();
    await ended;
    expect([subject.hasEnded, shown()]).toEqual([true, [['1', 'ok', [PRINTED]]]]);
  });
});
