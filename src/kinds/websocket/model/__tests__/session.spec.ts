import type { Input, MessageRecord } from '../../../../protocol';
import { journal, served, socket } from '../../../../model/__tests__/samples';
import { Examples } from '../../../../model/preview';
import { fakeDocument } from '../../../../model/preview/__tests__/samples';
import type { ISocket, VirtualClient } from '../client';
import { isError, type IClosing } from '../entry';
import { WebSocketSession } from '../session';

function input(name: string, changes: Partial<Input> = {}): Input {
  const common = { type: 'str', required: true, default: null, json_schema: { type: 'string' } };
  return { name, place: 'path', ...common, ...changes };
}

const ROOM_ID = input('room_id');
const NAME = input('name', { place: 'query', required: false, default: 'somebody' });
const TEXT = input('text', { place: 'message' });
const ROOM = socket({
  key: 'WS /ws/rooms/{room_id}',
  path: '/ws/rooms/{room_id}',
  mode: 'event',
  to: 'room',
  inputs: [ROOM_ID, NAME, TEXT]
});

/** A client of a console that has so many. */
function one(subject: WebSocketSession, index = 0): VirtualClient {
  const client = subject.clients[index];
  if (!client) {
    throw new Error(`no client ${index}`);
  }
  return client;
}

/** The other end of a connection, in the test's hands. */
class FakeSocket implements ISocket {
  binaryType: BinaryType = 'blob';
  onopen: ((event: Event) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly sent: string[] = [];
  isClosed = false;

  constructor(
    readonly target: string,
    readonly call: string
  ) {}

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.isClosed = true;
  }

  accept(): void {
    this.onopen?.(new Event('open'));
  }

  say(data: string): void {
    this.onmessage?.(new MessageEvent('message', { data }));
  }

  end(code: number, reason = ''): void {
    this.onclose?.({ code, reason } as CloseEvent);
  }
}

function build(at = ROOM) {
  const sockets: FakeSocket[] = [];
  const timers: { readonly call: () => void; readonly delayMs: number; isOver: boolean }[] = [];
  const subject = new WebSocketSession(at, {
    open: (_, path, call) => {
      const socket = new FakeSocket(path, call);
      sockets.push(socket);
      return socket;
    },
    name: () => `c${sockets.length + 1}`,
    now: () => 1000,
    fill: text => text.replace('{{who}}', 'Ada'),
    later: (call, delayMs) => {
      const timer = { call, delayMs, isOver: false };
      timers.push(timer);
      return () => {
        timer.isOver = true;
      };
    }
  });
  subject.follow(at, served());
  const connect = (index = 0): FakeSocket => {
    subject.connect(one(subject, index));
    const socket = sockets[sockets.length - 1] as FakeSocket;
    socket.accept();
    return socket;
  };
  return { subject, sockets, timers, connect };
}

describe('a console', () => {
  it('begins with one client, a room and a message to send', () => {
    const { subject } = build();
    expect([
      subject.clients.map(each => [each.name, each.values, each.state]),
      subject.draft
    ]).toEqual([[['A', { room_id: 'blue', name: 'somebody' }, 'idle']], '{"text":"text"}']);
  });

  it('connects clients to the path and query that they were given', () => {
    const { subject, sockets, connect } = build();
    subject.addClient();
    subject.set(one(subject, 1), 'room_id', 'a/b ü');
    subject.set(one(subject, 1), 'name', 'x&y');
    subject.set(one(subject, 0), 'name', '{{who}}');
    connect(0);
    connect(1);
    expect(sockets.map(each => [each.target, each.binaryType])).toEqual([
      ['/ws/rooms/blue?name=Ada', 'arraybuffer'],
      ['/ws/rooms/a%2Fb%20%C3%BC?name=x%26y', 'arraybuffer']
    ]);
  });

  it('shows a broadcast as one row, an error to one as its own', () => {
    const { subject, connect } = build();
    subject.addClient();
    const [first, second] = [connect(0), connect(1)];
    subject.send(one(subject), '{"text":"{{who}}"}');
    [first, second].forEach(each => each.say('{"name":"x"}'));
    second.say('{"error":"no"}');
    expect(subject.log.rows().map(row => [row.kind, row.clients, row.room])).toEqual([
      ['opened', ['A'], 'blue'],
      ['opened', ['B'], 'blue'],
      ['sent', ['A'], 'blue'],
      ['received', ['A', 'B'], 'blue'],
      ['refused', ['B'], 'blue']
    ]);
    expect([first.sent, second.sent, subject.history.texts]).toEqual([
      ['{"text":"Ada"}'],
      [],
      ['{"text":"{{who}}"}']
    ]);
  });

  it('keeps what two streams yield apart, equal or not', () => {
    const { subject, connect } = build({ ...ROOM, mode: 'stream' });
    subject.addClient();
    [connect(0), connect(1)].forEach(each => each.say('1'));
    expect(subject.log.rows().map(row => row.clients)).toEqual([['A'], ['B'], ['A'], ['B']]);
  });

  it('does not send without a connection', () => {
    const { subject } = build();
    expect([subject.send(one(subject)), subject.log.rows()]).toEqual([false, []]);
  });

  it('does not connect where nothing is served', () => {
    const { subject, sockets } = build();
    subject.follow(ROOM, null);
    subject.connect(one(subject));
    expect([sockets, subject.clients[0]?.state]).toEqual([[], 'idle']);
  });

  it('tells of an end that the user wanted as one', () => {
    const { subject, connect } = build();
    const socket = connect();
    subject.disconnect(one(subject));
    expect([socket.isClosed, socket.onmessage, subject.clients[0]?.end]).toEqual([
      true,
      null,
      { code: 1000, reason: '', wasOpen: true, isMeant: true }
    ]);
  });

  it('notes in the log who meant an end, and takes none that was meant for an error', () => {
    const { subject, connect } = build();
    connect();
    subject.disconnect(one(subject));
    subject.connect(one(subject));
    subject.disconnect(one(subject));
    connect().end(1000);
    const ends = subject.log.rows().filter((row): row is IClosing => row.kind === 'closed');
    expect(ends.map(row => [row.code, row.wasOpen, row.isMeant, isError(row)])).toEqual([
      [1000, true, true, false],
      [1000, false, true, false],
      [1000, true, false, false]
    ]);
  });

  it('stays as it is when the connection breaks, unless it is to connect again', () => {
    const { subject, timers, connect } = build();
    connect().end(1011);
    expect([subject.clients[0]?.state, timers.length]).toEqual(['closed', 0]);
    subject.reconnects = true;
    expect(timers.map(each => each.delayMs)).toEqual([1000]);
  });

  it('connects again after longer and longer pauses, until it works', () => {
    const { subject, sockets, timers, connect } = build();
    subject.reconnects = true;
    connect().end(1006);
    for (let count = 0; count < 7; count += 1) {
      timers[timers.length - 1]?.call();
      sockets[sockets.length - 1]?.end(1006);
    }
    expect(timers.map(each => each.delayMs)).toEqual([
      1000, 2000, 4000, 8000, 16000, 30000, 30000, 30000
    ]);
    timers[timers.length - 1]?.call();
    sockets[sockets.length - 1]?.accept();
    sockets[sockets.length - 1]?.end(1012);
    expect(timers[timers.length - 1]?.delayMs).toBe(1000);
    subject.reconnects = false;
    expect(timers[timers.length - 1]?.isOver).toBe(true);
  });

  it('connects again once the notebook is served again', () => {
    const { subject, sockets, connect } = build();
    subject.reconnects = true;
    const socket = connect();
    subject.follow(ROOM, served({ state: 'stopped' }));
    socket.end(1001);
    subject.follow(ROOM, served({ id: 'a2' }));
    expect(sockets.length).toBe(2);
  });

  it('connects at once all that are not connected', () => {
    const { subject, sockets, connect } = build();
    connect();
    subject.addClient();
    subject.connectAll();
    expect(sockets.length).toBe(2);
    subject.connectAll();
    expect(sockets.length).toBe(2);
  });

  it('keeps connections and what was typed when the declaration changes', () => {
    const { subject, connect } = build();
    const socket = connect();
    subject.set(one(subject), 'name', 'me');
    const more = { ...NAME, name: 'colour', default: 'red' };
    const changed = { ...ROOM, inputs: [...ROOM.inputs, more, { ...TEXT, name: 'n' }] };
    subject.follow(changed, served());
    expect([socket.isClosed, subject.clients[0]?.values, subject.draft]).toEqual([
      false,
      { room_id: 'blue', name: 'me', colour: 'red' },
      '{"text":"text","n":"text"}'
    ]);
    subject.draft = 'mine';
    subject.follow(ROOM, served());
    expect(subject.draft).toBe('mine');
  });

  it('has a name for each of several clients, and keeps the last one', () => {
    const { subject, connect } = build();
    while (subject.addClient()) {
      // until there are enough
    }
    const names = subject.clients.map(each => each.name).join('');
    const socket = connect();
    subject.removeClient(one(subject));
    expect([names, socket.isClosed, subject.sender, subject.addClient()?.name]).toEqual([
      'ABCDEFGH',
      true,
      'B',
      'A'
    ]);
    [...subject.clients].forEach(each => subject.removeClient(each));
    expect(subject.clients.length).toBe(1);
  });

  it('keeps what is filled in as an example, and fills it in again', () => {
    const tags = { ...NAME, name: 'tag', json_schema: { type: 'array' } };
    const { subject } = build({ ...ROOM, inputs: [...ROOM.inputs, tags] });
    const client = one(subject);
    subject.set(client, 'tag', 'a\nb');
    const first = subject.example(client);
    subject.draft = 'plain';
    expect([first, subject.example(client).body]).toEqual([
      {
        path: { room_id: 'blue' },
        query: { name: 'somebody', tag: ['a', 'b'] },
        headers: {},
        body: { text: 'text' }
      },
      'plain'
    ]);
    subject.set(client, 'tag', 'c');
    subject.fill(client, first);
    expect([subject.draft, client.values]).toEqual([
      '{"text":"text"}',
      { room_id: 'blue', name: 'somebody', tag: 'a\nb' }
    ]);
  });

  it('keeps the numbers of an example as they were written', () => {
    const { subject } = build();
    const examples = new Examples(fakeDocument());
    const client = one(subject);
    const message = '{"n":1.0,"id":12345678901234567890}';
    subject.draft = message;
    examples.save(ROOM, 'exact', { values: subject.example(client), text: null });
    subject.draft = '';
    const [kept] = examples.of(ROOM);
    subject.fill(client, kept?.values ?? subject.example(client), kept?.text);
    expect(subject.draft).toBe(message);
  });

  it('lets go of its connections with the session', () => {
    const { subject, connect, timers } = build();
    const socket = connect();
    subject.dispose();
    expect([socket.isClosed, socket.onclose, timers]).toEqual([true, null, []]);
  });
});

const MESSAGE: MessageRecord = {
  key: ROOM.key,
  at: 1,
  direction: 'out',
  client: '',
  room: 'blue',
  recipients: ['#1', '#2', '#3'],
  reached: 3,
  frames: [],
  size: 2
};
const JOURNAL = journal();

/** A message that was the frame of these numbers on these connections. */
function record(frames: Readonly<Record<string, number>>, changes = {}): MessageRecord {
  const told = Object.entries(frames).map(([call, number]) => ({ call, number }));
  return { ...MESSAGE, frames: told, ...changes };
}

function reachesOf(subject: WebSocketSession): readonly unknown[] {
  return subject.log.rows().flatMap(row => ('delivery' in row ? [row.delivery] : []));
}

describe('whom a message reached', () => {
  it('is what the journal says of that very frame, however equal the messages are', () => {
    const { subject, connect } = build({ ...ROOM, mode: 'stream' });
    const first = connect();
    ['a', 'a', 'a'].forEach(data => first.say(data));
    connect().say('a');
    subject.applyJournal({
      ...JOURNAL,
      messages: [
        record({ other: 2 }, { reached: 9 }),
        record({ c1: 2, other: 3 }),
        record({ c1: 3 }, { room: '', client: 'A', reached: 1 }),
        record({ c2: 1 }, { reached: 200 })
      ]
    });
    expect(reachesOf(subject)).toEqual([
      null,
      { messages: 1, count: 3, room: 'blue', client: '' },
      { messages: 1, count: 1, room: '', client: 'A' },
      { messages: 1, count: 200, room: 'blue', client: '' }
    ]);
    subject.applyJournal(JOURNAL);
    expect(reachesOf(subject).filter(Boolean).length).toBe(3);
  });

  it('says so where equal messages to two clients looked like one', () => {
    const { subject, connect } = build();
    subject.addClient();
    [connect(0), connect(1)].forEach(each => each.say('same'));
    subject.applyJournal({
      ...JOURNAL,
      messages: [
        record({ c1: 1 }, { client: 'A', reached: 1 }),
        record({ c2: 1 }, { client: 'B', reached: 1 })
      ]
    });
    expect(reachesOf(subject)).toEqual([{ messages: 2, count: 2, room: 'blue', client: '' }]);
  });
});

describe('what the function did', () => {
  it('is told of the client that it did it for', () => {
    const { subject, connect } = build();
    const print = { key: ROOM.key, at: 1, client: '#4', call: 'c1', text: 'here' };
    const failure = { type: 'ValueError', message: 'no', frames: [], text: '' };
    const crash = { key: ROOM.key, at: 1, client: '#4', call: 'c1', failure };
    connect().end(1011);
    subject.applyJournal({ ...JOURNAL, prints: [print], crashes: [{ ...crash, call: '' }, crash] });
    expect([subject.prints, subject.nameOf(print), subject.nameOf({ ...print, call: '' })]).toEqual(
      [[print], 'A', '#4']
    );
    expect(subject.crash(one(subject))).toBe(crash);
    connect();
    expect(subject.crash(one(subject))).toBeNull();
  });
});
