import { fakeApi, journal, socket } from '../../../../model/__tests__/samples';
import { asState, servedState } from '../../../../model/preview/__tests__/samples';
import { WebSocketSessions } from '../sessions';

const ECHO = socket({ key: 'WS /echo', path: '/echo' });

function build(kept: unknown[] = []) {
  const later: (() => void)[] = [];
  const state = servedState(ECHO);
  const closed: string[] = [];
  const asked: string[] = [];
  const subject = new WebSocketSessions({
    state: asState(state),
    api: fakeApi({
      journal: async (_, key) => {
        asked.push(key);
        return journal();
      }
    }),
    sockets: {
      open: (_, target) => ({
        binaryType: 'blob',
        onopen: null,
        onmessage: null,
        onclose: null,
        send: () => undefined,
        close: () => void closed.push(target)
      }),
      name: () => 'c1',
      now: () => 0,
      fill: text => text,
      later: call => {
        later.push(call);
        return () => undefined;
      }
    },
    storage: {
      fetch: async () => kept[kept.length - 1] as undefined,
      save: async (_, value) => void kept.push(value)
    }
  });
  return { state, subject, closed, asked, later };
}

describe('the consoles of a notebook', () => {
  it('are made once for each endpoint, and ask for its journal once it is watched', () => {
    const { subject, asked } = build();
    expect(subject.of(ECHO)).toBe(subject.of({ ...ECHO }));
    expect(asked).toEqual([]);
    subject.watch(ECHO);
    subject.watch({ ...ECHO });
    expect(asked).toEqual(['WS /echo']);
  });

  it('follow the notebook also while nobody looks', () => {
    const { state, subject } = build();
    const console = subject.of(ECHO);
    state.snapshot = servedState({ ...ECHO, to: 'sender' }).snapshot;
    state.changed.emit();
    expect(console.endpoint.to).toBe('sender');
  });

  it('stay with an endpoint whose path was edited', () => {
    const { state, subject, asked } = build();
    const console = subject.of(ECHO);
    subject.watch(ECHO);
    const renamed = { ...ECHO, key: 'WS /said', path: '/said' };
    state.snapshot = servedState(renamed).snapshot;
    state.changed.emit();
    expect(subject.of(renamed)).toBe(console);
    expect([console.endpoint.path, asked]).toEqual(['/said', ['WS /echo', 'WS /said']]);
  });

  it('keep what is filled in for the next page', async () => {
    const kept: unknown[] = [];
    const first = build(kept);
    const typed = first.subject.of(ECHO);
    typed.addClient();
    typed.draft = 'half a mess';
    first.later[first.later.length - 1]?.();
    const second = build(kept);
    const console = second.subject.of(ECHO);
    const restored = new Promise<void>(resolve => console.changed.connect(() => resolve()));
    await restored;
    await Promise.resolve();
    expect(console.typed).toEqual(typed.typed);
    expect(console.clients.map(each => [each.name, each.state])).toEqual([
      ['A', 'idle'],
      ['B', 'idle']
    ]);
  });

  it('save nothing where nothing was filled in', () => {
    const { subject, later } = build();
    const console = subject.of(ECHO);
    console.applyJournal(journal());
    expect(later).toEqual([]);
    console.draft = 'more';
    console.applyJournal(journal());
    expect(later.length).toBe(1);
  });

  it('let go of all connections with the notebook', () => {
    const { subject, closed } = build();
    const console = subject.of(ECHO);
    console.addClient();
    console.clients.forEach(each => console.connect(each));
    subject.dispose();
    expect(closed).toEqual(['/echo', '/echo']);
  });
});
