/**
 * The console of one WebSocket endpoint: its clients, its log, what is about to be sent.
 *
 * It belongs to the session of a notebook and not to what is on the screen: while nobody looks,
 * connections stay and messages are kept.
 */
import { Signal } from '@lumino/signaling';
import { DisposableObservable } from '../../../observable';
import type {
  FrameRef,
  Crash,
  Endpoint,
  Journal,
  Print,
  Served,
  WebSocketEndpoint
} from '../../../protocol';
import { isUp } from '../../../model/status';
import { Exact, parseJson } from '../../../model/preview/json';
import type { IValues } from '../../../model/preview/values';
import { firstValues, placed, target, unplaced, type Values } from './address';
import { VirtualClient, type IClientOwner, type ISocket } from './client';
import { tellsError, type Data, type Entry, type IEnd, type IMessage } from './entry';
import { SentHistory } from './history';
import { MessageLog } from './log';
import { deliveries } from './delivery';
import { Selection, type ICriteria } from './selection';
import { template } from './template';

/** More at once would not fit side by side, and the browser has its limit. */
export const MOST_CLIENTS = 8;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;
const LETTERS = 'ABCDEFGH';

/** What is filled in: the next message, and what each client connects with. */
export type ITyped = {
  readonly draft: string;
  readonly clients: readonly { readonly name: string; readonly values: Values }[];
};

/** What answers WebSockets; one of another kind has no `mode` and sends to each client its own. */
export type ISocketEndpoint = Endpoint & Partial<Pick<WebSocketEndpoint, 'mode' | 'to'>>;

/**
 * What is kept of an endpoint's WebSockets. `changed` is emitted when a client, its state or its
 * values change; messages are told by `log`.
 */
export class WebSocketSession extends DisposableObservable implements IClientOwner {
  constructor(
    endpoint: ISocketEndpoint,
    private readonly _options: WebSocketSession.IOptions
  ) {
    super();
    this._endpoint = endpoint;
    this._template = template(endpoint.inputs);
    this._draft = this._template;
    this.addClient();
  }

  readonly log = new MessageLog();
  readonly history = new SentHistory();
  readonly selection = new Selection();
  /** The name of the client that sends. */
  sender = 'A';
  criteria: ICriteria = { filter: 'all', search: '' };

  /** The row that is shown in full, as it is now or was before it was dropped. */
  get chosen(): Entry | null {
    const chosen = this._chosen;
    this._chosen = (chosen && this.log.view.get(chosen.id)) ?? chosen;
    return this._chosen;
  }

  choose(id: number | null): void {
    this._chosen = id === null ? null : (this.log.view.get(id) ?? null);
  }

  /** What is typed and not sent. */
  get draft(): string {
    return this._draft;
  }

  set draft(draft: string) {
    this._draft = draft;
    this._changed.emit();
  }

  /** What is filled in, to be kept over a reload of the page. */
  get typed(): ITyped {
    const clients = this._clients.map(({ name, values }) => ({ name, values: { ...values } }));
    return { draft: this._draft, clients };
  }

  /** Fill in what was kept, unless a client has been connected or something typed meanwhile. */
  restore({ draft, clients }: ITyped): void {
    if (this._draft !== this._template || this._clients.some(each => each.state !== 'idle')) {
      return;
    }
    for (const { name, values } of clients.slice(0, MOST_CLIENTS)) {
      const client = this._clients.find(each => each.name === name) ?? this.addClient();
      Object.entries(values).forEach(([each, value]) => client?.set(each, value));
    }
    this.draft = draft;
  }

  get endpoint(): ISocketEndpoint {
    return this._endpoint;
  }

  get clients(): readonly VirtualClient[] {
    return this._clients;
  }

  /** Whether a connection that was not meant to end is made again automatically. */
  get reconnects(): boolean {
    return this._reconnects;
  }

  set reconnects(reconnects: boolean) {
    this._reconnects = reconnects;
    if (reconnects) {
      this._clients.filter(isLost).forEach(each => this._retry(each));
    } else {
      this._waiting.forEach(cancel => cancel());
      this._waiting.clear();
    }
    this._changed.emit();
  }

  /** What the notebook says of the endpoint now, and how it is served. */
  follow(endpoint: ISocketEndpoint, served: Served | null): void {
    const wasUp = isUp(this._served);
    this._served = served;
    if (endpoint !== this._endpoint) {
      this._endpoint = endpoint;
      this._adopt();
    }
    if (!wasUp && isUp(served)) {
      const lost = this._reconnects ? this._clients.filter(isLost) : [];
      lost.forEach(each => this.connect(each));
    }
  }

  /** Connect all clients that are not connected. */
  connectAll(): void {
    this._clients.filter(isOff).forEach(each => this.connect(each));
  }

  /** Add a client with a name of its own, beside the others and in their room. */
  addClient(): VirtualClient | null {
    const taken = new Set(this._clients.map(each => each.name));
    const name = [...LETTERS].find(each => !taken.has(each));
    if (name === undefined || this._clients.length >= MOST_CLIENTS) {
      return null;
    }
    const before = this._clients[this._clients.length - 1]?.values;
    const client = new VirtualClient(name, firstValues(this._endpoint, name, before), this);
    this._clients = [...this._clients, client];
    this._changed.emit();
    return client;
  }

  /** Disconnect a client and forget it; the last one stays. */
  removeClient(client: VirtualClient): void {
    if (this._clients.length > 1) {
      this._cancel(client);
      client.disconnect();
      this._clients = this._clients.filter(each => each !== client);
      if (this.sender === client.name) {
        this.sender = this._clients[0]?.name ?? '';
      }
      this._changed.emit();
    }
  }

  set(client: VirtualClient, name: string, value: string): void {
    client.set(name, value);
    this._changed.emit();
  }

  /** Open a connection, in the place of the one there is; nothing happens where none is served. */
  connect(client: VirtualClient): void {
    const served = this._served;
    this._cancel(client);
    if (isUp(served)) {
      const call = this._options.name();
      this._names.set(call, client.name);
      client.connect(call, () => this._options.open(served, this._target(client), call));
      this._changed.emit();
    }
  }

  disconnect(client: VirtualClient): void {
    this._cancel(client);
    client.disconnect();
    this._changed.emit();
  }

  /** Send the draft, or another text, from a client; false where it has no connection. */
  send(client: VirtualClient, text = this.draft): boolean {
    if (client.state !== 'open') {
      return false;
    }
    const data = this._options.fill(text);
    client.send(data);
    this.history.add(text);
    this.log.add({ ...this._row(client), kind: 'sent', data, frames: [] });
    return true;
  }

  /** What the functions behind the connections printed and raised, by the server's journal. */
  get prints(): readonly Print[] {
    return this._prints;
  }

  /** What ended the newest connection of a client, if it was an exception. */
  crash(client: VirtualClient): Crash | null {
    return this._crashes.find(each => each.call !== '' && each.call === client.call) ?? null;
  }

  /** The name that somebody has here, or else has on the server. */
  nameOf({ call, client }: Pick<Print, 'call' | 'client'>): string {
    return this._names.get(call) ?? client;
  }

  /** Take over what the server's journal tells. */
  applyJournal({ messages, prints, crashes }: Journal): void {
    this.log.annotate(deliveries(this.log.rows(), messages));
    this._prints = prints;
    this._crashes = crashes;
    this._changed.emit();
  }

  /** What is filled in for a client, as an example of the endpoint. */
  example(client: VirtualClient): IValues {
    const { draft } = this;
    return { ...placed(this._endpoint, client.values), body: objectOf(draft) ?? draft };
  }

  /**
   * Fill in an example: for the next connection of a client, and the next message, as the `text` that
   * it was where its values would lose something.
   */
  fill(client: VirtualClient, values: IValues, text?: string): void {
    const { body } = values;
    this.draft = text ?? (typeof body === 'string' ? body : JSON.stringify(body ?? {}));
    Object.entries(unplaced(values)).forEach(([name, value]) => client.set(name, value));
    this._changed.emit();
  }

  opened(client: VirtualClient): void {
    this.log.add({ ...this._row(client), kind: 'opened' });
    this._changed.emit();
  }

  arrived(client: VirtualClient, data: Data, frame: FrameRef): void {
    const row = this._row(client);
    if (tellsError(data)) {
      this.log.add({ ...row, kind: 'refused', data, frames: [frame] });
    } else if (this._isShared) {
      this.log.receive({ client: client.name, room: client.room, data, at: row.at, frame });
    } else {
      this.log.add({ ...row, kind: 'received', data, frames: [frame] });
    }
  }

  ended(client: VirtualClient, end: IEnd): void {
    this.log.add({ ...this._row(client), kind: 'closed', ...end });
    if (this._reconnects && !end.isMeant) {
      this._retry(client);
    }
    this._changed.emit();
  }

  protected override release(): void {
    this._waiting.forEach(cancel => cancel());
    this._clients.forEach(each => each.drop());
    Signal.clearData(this.log);
  }

  /** Whether one message can reach several clients: what streams sends to each its own. */
  private get _isShared(): boolean {
    return this._endpoint.mode === 'event' && this._endpoint.to !== 'sender';
  }

  /** Where a client connects to, with the values of variables. */
  private _target({ values }: VirtualClient): string {
    const filled = Object.entries(values).map(([name, text]) => [name, this._options.fill(text)]);
    return target(this._endpoint, Object.fromEntries(filled));
  }

  private _row(client: VirtualClient): Pick<IMessage, 'at' | 'clients' | 'room'> {
    return { at: this._options.now(), clients: [client.name], room: client.room };
  }

  /** The declaration has changed: ask for what is new, and keep what was typed. */
  private _adopt(): void {
    for (const client of this._clients) {
      const values: Values = firstValues(this._endpoint, client.name);
      for (const [name, value] of Object.entries(values)) {
        if (!(name in client.values)) {
          client.set(name, value);
        }
      }
    }
    const next = template(this._endpoint.inputs);
    const isOwn = this._draft !== this._template;
    this._template = next;
    this.draft = isOwn ? this._draft : next;
  }

  private _retry(client: VirtualClient): void {
    this._cancel(client);
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** client.attempts, LONGEST_PAUSE_MS);
    client.attempts += 1;
    this._waiting.set(
      client,
      this._options.later(() => this.connect(client), pauseMs)
    );
  }

  private _cancel(client: VirtualClient): void {
    this._waiting.get(client)?.();
    this._waiting.delete(client);
  }

  private readonly _names = new Map<string, string>();
  private readonly _waiting = new Map<VirtualClient, () => void>();
  private _endpoint: ISocketEndpoint;
  private _chosen: Entry | null = null;
  private _served: Served | null = null;
  private _clients: readonly VirtualClient[] = [];
  private _template: string;
  private _draft: string;
  private _prints: readonly Print[] = [];
  private _crashes: readonly Crash[] = [];
  private _reconnects = false;
}

export namespace WebSocketSession {
  export interface IOptions {
    /** Open a connection to a path with query below a served notebook, named for its journal. */
    readonly open: (served: Served, target: string, call: string) => ISocket;
    /** A name that no other connection has. */
    readonly name: () => string;
    /** Milliseconds since the epoch. */
    readonly now: () => number;
    /** A text with the values of variables in it, as it is sent. */
    readonly fill: (text: string) => string;
    /** Call later; the result cancels it. */
    readonly later: (call: () => void, delayMs: number) => () => void;
  }
}

/** What a text in JSON stands for, where that is more than a text or a number. */
function objectOf(text: string): object | null {
  try {
    const found = parseJson(text);
    return typeof found === 'object' && !(found instanceof Exact) ? found : null;
  } catch {
    return null;
  }
}

function isOff({ state }: VirtualClient): boolean {
  return state === 'idle' || state === 'closed';
}

function isLost(client: VirtualClient): boolean {
  return client.state === 'closed' && client.end !== null && !client.end.isMeant;
}
