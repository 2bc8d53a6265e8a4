import { isMessage, type Entry } from '../entry';
import { MessageLog } from '../log';

function receive(log: MessageLog, client: string, data: string | ArrayBuffer, at = 0): void {
  const number = log.count.received + 1;
  log.receive({ client, room: 'blue', data, at, frame: { call: client, number } });
}

function shown(log: MessageLog): readonly string[] {
  const { first, next } = log.view;
  const rows = Array.from({ length: next - first }, (_, index) => log.view.get(first + index));
  return rows.map(row => `${row?.clients.join()} ${row && text(row)}`);
}

function text(row: Entry): string {
  return isMessage(row) ? String(row.data) : row.kind;
}

describe('the rows of a console', () => {
  it('show a broadcast once, with all who received it', () => {
    const log = new MessageLog();
    receive(log, 'B', 'hello');
    receive(log, 'A', 'hello', 3);
    receive(log, 'C', 'hello', 5);
    expect([shown(log), log.count]).toEqual([['A,B,C hello'], { sent: 0, received: 3 }]);
  });

  it('are two where one client receives the same twice', () => {
    const log = new MessageLog();
    for (const client of ['A', 'A', 'B', 'B']) {
      receive(log, client, 'hello');
    }
    expect(shown(log)).toEqual(['A,B hello', 'A,B hello']);
  });

  it('never put a client’s messages into another order', () => {
    const log = new MessageLog();
    for (const [client, data] of ['A1', 'A2', 'B2', 'B1'].map(each => [...each])) {
      receive(log, client as string, data as string);
    }
    expect(shown(log)).toEqual(['A 1', 'A,B 2', 'B 1']);
  });

  it('are two where the second comes long after the first', () => {
    const log = new MessageLog();
    receive(log, 'A', 'hello', 0);
    receive(log, 'B', 'hello', 5000);
    expect(shown(log)).toEqual(['A hello', 'B hello']);
  });

  it('show binary broadcasts once too', () => {
    const log = new MessageLog();
    receive(log, 'A', new Uint8Array([1, 2, 255]).buffer);
    receive(log, 'B', new Uint8Array([1, 2, 255]).buffer);
    receive(log, 'B', new Uint8Array([1, 2]).buffer);
    expect(log.rows().map(row => row.clients)).toEqual([['A', 'B'], ['B']]);
  });

  it('count a frame whose row is no longer kept', () => {
    const log = new MessageLog(1);
    receive(log, 'A', 'first');
    receive(log, 'A', 'second');
    receive(log, 'B', 'first');
    expect([shown(log), log.view.dropped, log.count.received]).toEqual([['A second'], 1, 3]);
  });

  it('stand still while paused, and go on counting', () => {
    const log = new MessageLog(3);
    receive(log, 'A', 'one');
    log.pause();
    ['two', 'three', 'four', 'five'].forEach(data => receive(log, 'A', data));
    expect([shown(log), log.waiting, log.view.dropped]).toEqual([['A one'], 4, 0]);
    log.resume();
    expect([shown(log), log.waiting, log.view.dropped]).toEqual([
      ['A three', 'A four', 'A five'],
      0,
      2
    ]);
  });

  it('are gone when cleared, paused or not', () => {
    const log = new MessageLog();
    receive(log, 'A', 'one');
    log.pause();
    log.clear();
    expect([shown(log), log.count.received]).toEqual([[], 0]);
  });

  it('take note of whom a message reached', () => {
    const log = new MessageLog();
    receive(log, 'A', 'one');
    const delivery = { messages: 1, count: 5, room: 'blue', client: '' };
    log.annotate(new Map([[1, delivery]]));
    expect(log.rows()[0]).toMatchObject({ frames: [{ call: 'A', number: 1 }], delivery });
  });

  /** Broadcasts and direct messages to several clients, in every interleaving that can happen. */
  it.each([1, 2, 3, 4, 5, 6])('tell each client’s messages in order, once each (%s)', seed => {
    let state = seed;
    const draw = (below: number): number => {
      state = (state * 48271) % 2147483647;
      return state % below;
    };
    const clients = ['A', 'B', 'C'];
    const queues = new Map(clients.map(each => [each, [] as string[]]));
    for (let count = 0; count < 300; count += 1) {
      const data = `m${draw(4)}`;
      const to = draw(3) === 0 ? [clients[draw(3)] as string] : clients;
      to.forEach(each => queues.get(each)?.push(data));
    }
    const wanted = new Map([...queues].map(([client, queue]) => [client, [...queue]]));
    const log = new MessageLog(10_000);
    let at = 0;
    for (;;) {
      const left = clients.filter(each => queues.get(each)?.length);
      const client = left[draw(left.length || 1)];
      if (client === undefined) {
        break;
      }
      receive(log, client, queues.get(client)?.shift() as string, (at += 1));
    }
    for (const client of clients) {
      const told = log.rows().filter(row => row.clients.includes(client));
      expect(told.map(text)).toEqual(wanted.get(client));
    }
    for (const row of log.rows()) {
      expect(new Set(row.clients).size).toBe(row.clients.length);
    }
  });

  it('are few for what everybody gets: one row a broadcast, in one order', () => {
    const log = new MessageLog(10_000);
    for (let count = 0; count < 500; count += 1) {
      ['A', 'B', 'C'].forEach(client => receive(log, client, `n${count % 7}`, count));
    }
    expect(new Set(log.rows().map(row => row.clients.join('')))).toEqual(new Set(['ABC']));
    expect(log.rows().length).toBe(500);
  });
});
