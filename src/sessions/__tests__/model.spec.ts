import { KernelSessions } from '../model';
import { FakeServer, session } from './samples';

function build() {
  const server = new FakeServer();
  const sessions = new KernelSessions(server);
  const seen: string[] = [];
  sessions.changed.connect(() => seen.push(sessions.all.map(each => each.name).join()));
  sessions.lost.connect(() => seen.push('lost'));
  return { server, sessions, seen };
}

describe('the sessions', () => {
  it('are what was pushed last, the newest at the end', async () => {
    const { server, sessions, seen } = build();
    const connected = sessions.connect();
    server.push(0);
    server.push(2, session({ name: 'B', created: 2, session_id: 'b' }), session({ name: 'A' }));
    expect(await connected).toBe(true);
    expect(seen).toEqual(['', 'B,A']);
    expect(sessions.get('b')?.name).toBe('B');
    expect(sessions.get('c')).toBeNull();
  });

  it('take no older push for a newer one', () => {
    const { server, sessions, seen } = build();
    void sessions.connect();
    server.push(3, session({ state: 'busy' }));
    server.push(2, session({ state: 'idle' }));
    server.push(3, session({ state: 'idle' }));
    expect([sessions.get('a1')?.state, seen.length]).toEqual(['busy', 1]);
  });

  it('listen once, however often they are asked to', () => {
    const { server, sessions } = build();
    void sessions.connect();
    void sessions.connect();
    expect(server.listeners.length).toBe(1);
  });

  it('take what a new connection says, whatever its revision', () => {
    const { server, sessions, seen } = build();
    void sessions.connect();
    server.push(9, session());
    server.close();
    expect([seen, sessions.all.length]).toEqual([['Primes', 'lost'], 1]);
    void sessions.connect();
    server.push(1);
    expect([server.listeners.length, sessions.all]).toEqual([2, []]);
  });

  it('are not lost where they were never there', async () => {
    const { server, sessions, seen } = build();
    const connected = sessions.connect();
    server.close();
    expect([await connected, seen]).toEqual([false, []]);
  });

  it('end the connection with the page', () => {
    const { server, sessions } = build();
    void sessions.connect();
    sessions.dispose();
    expect(server.ended).toBe(1);
  });
});
