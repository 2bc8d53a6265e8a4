/**
 * A virtual client: one connection at a time, and the values it connects with.
 */
import type { FrameRef } from '../../../protocol';
import type { Values } from './address';
import type { Data, IEnd } from './entry';

/** As much of a WebSocket as is used here. */
export interface ISocket {
  binaryType: BinaryType;
  onopen: ((event: Event) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  send(data: string): void;
  close(code?: number, reason?: string): void;
}

export type ClientState = 'idle' | 'connecting' | 'open' | 'closed';

/** Whom a client tells of what happens. */
export interface IClientOwner {
  opened(client: VirtualClient): void;
  arrived(client: VirtualClient, data: Data, frame: FrameRef): void;
  ended(client: VirtualClient, end: IEnd): void;
}

/** One of the clients of a console. */
export class VirtualClient {
  constructor(
    readonly name: string,
    private _values: Values,
    private readonly _owner: IClientOwner
  ) {}

  get values(): Values {
    return this._values;
  }

  get state(): ClientState {
    return this._state;
  }

  /** How the newest connection ended; null while there is one, and before the first. */
  get end(): IEnd | null {
    return this._end;
  }

  /** The room it is in, or will be. */
  get room(): string {
    return this._values.room_id ?? '';
  }

  /** The name of the newest connection in the server's journal; empty before the first. */
  get call(): string {
    return this._call;
  }

  /** How often it was tried to connect again since it was open. */
  attempts = 0;

  set(name: string, value: string): void {
    this._values = { ...this._values, [name]: value };
  }

  /** Connect again; `call` is what the connection is named by. */
  connect(call: string, make: () => ISocket): void {
    this.disconnect();
    const socket = make();
    this._socket = socket;
    this._call = call;
    this._received = 0;
    this._state = 'connecting';
    this._end = null;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this._state = 'open';
      this.attempts = 0;
      this._owner.opened(this);
    };
    socket.onmessage = ({ data }) => {
      this._received += 1;
      this._owner.arrived(this, data as Data, { call, number: this._received });
    };
    socket.onclose = ({ code, reason }) => this._finish({ code, reason }, false);
  }

  send(text: string): void {
    this._socket?.send(text);
  }

  /** Close the connection; its end is noted at once, whatever the other side says to it. */
  disconnect(): void {
    const socket = this._socket;
    if (socket) {
      release(socket);
      this._finish({ code: 1000, reason: '' }, true);
    }
  }

  /** Let go without a word to anybody. */
  drop(): void {
    if (this._socket) {
      release(this._socket);
    }
    this._socket = null;
    this._state = 'closed';
  }

  private _finish(
    said: { readonly code: number; readonly reason: string },
    isMeant: boolean
  ): void {
    const wasOpen = this._state === 'open';
    this._socket = null;
    this._state = 'closed';
    this._end = { code: said.code, reason: said.reason, wasOpen, isMeant };
    this._owner.ended(this, this._end);
  }

  private _socket: ISocket | null = null;
  private _call = '';
  private _received = 0;
  private _state: ClientState = 'idle';
  private _end: IEnd | null = null;
}

function release(socket: ISocket): void {
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close(1000);
}
