/**
 * One request under way, and its answer as it arrives.
 */
import { DisposableObservable } from '../../observable';
import type { Endpoint, Call } from '../../protocol';
import type { Files, IOutgoing, Pairs } from './request';
import { SendFailed, type ITarget, type SendError, type TargetKind } from './target';
import type { Answers, IHolder } from './answers';
import { table, type ITable } from './text';
import type { IFilled } from './values';

/** How far an exchange is. */
export type Phase = 'sending' | 'receiving' | 'done' | 'cancelled' | 'failed';

/** More of an answer than this is not shown. */
export const SHOWN_BYTES = 1024 * 1024;
/** Of a longer answer no table is made. */
const TABLE_BYTES = 8 * 1024 * 1024;
/** A stream is drawn no oftener than this. */
const DRAW_MS = 100;

/** What an exchange needs of the world. */
export interface IWire {
  readonly now: () => number;
  readonly id: () => string;
  readonly answers: Answers;
}

/** What an exchange was made from. */
export interface IAsked extends IFilled {
  readonly endpoint: Endpoint;
  /** What the endpoint is known by while its declaration is edited. */
  readonly place: string;
  readonly files: Files;
}

/** How a call went, without what was answered. */
export interface IOutcome {
  readonly startedMs: number;
  readonly status: number;
  readonly statusText: string;
  readonly durationMs: number;
  readonly size: number;
  readonly target: TargetKind;
}

/**
 * A call of an endpoint: what was sent, what came back. `changed` is emitted as the answer arrives,
 * and when there is more to tell.
 */
export class Exchange extends DisposableObservable implements IHolder {
  constructor(
    readonly asked: IAsked,
    private readonly _wire: IWire,
    /** How it went, where it was sent in an earlier visit. */
    earlier: IOutcome | null = null
  ) {
    super();
    this.id = _wire.id();
    this.startedMs = Date.now();
    if (earlier) {
      Object.assign(this, earlier);
      this.phase = earlier.status ? 'done' : 'failed';
      this.isEarlier = this.isForgotten = true;
    }
  }

  /** What the journal of the worker knows the call by. */
  readonly id: string;
  /** When it was sent, since the epoch. */
  readonly startedMs: number;
  phase: Phase = 'sending';
  status = 0;
  statusText = '';
  headers: Pairs = [];
  durationMs = 0;
  /** The bytes that have arrived, shown or not. */
  size = 0;
  /** Whether the answer was here, and has made room for others. */
  isForgotten = false;
  /** Whether it is of an earlier visit: only what was sent, and how it went, is known. */
  readonly isEarlier: boolean = false;
  /** Why there is no answer. */
  error: SendError | null = null;
  /** Who was asked; null before that. */
  target: TargetKind | null = null;
  /** What was noted of it: output, and the traceback of what it raised. */
  call: Call | null = null;

  /** The key of what was called. */
  get endpoint(): string {
    return this.asked.endpoint.key;
  }

  get isOver(): boolean {
    return this.phase !== 'sending' && this.phase !== 'receiving';
  }

  /** The media type of the answer, without its parameters. */
  get media(): string {
    return this.header('content-type').split(';')[0]?.trim().toLowerCase() ?? '';
  }

  /** Whether the answer is longer than what is shown. */
  get isCut(): boolean {
    return this.size > SHOWN_BYTES;
  }

  /** How much of it is here: what is longer than a target passes on is counted only. */
  get keptBytes(): number {
    return this._chunks.reduce((sum, each) => sum + each.length, 0);
  }

  header(name: string): string {
    return this.headers.find(each => each[0].toLowerCase() === name)?.[1] ?? '';
  }

  /** The beginning of the answer as text. */
  get text(): string {
    if (this._text === null) {
      this._text = decode(this._chunks, this.header('content-type'));
    }
    return this._text;
  }

  /** The table that an answer of JSON is, however long, as long as it is here as a whole. */
  get table(): ITable | null {
    if (!this.isOver || this.isForgotten) {
      return null;
    }
    if (this._table === undefined) {
      const isWhole = this.size <= TABLE_BYTES && this.keptBytes === this.size;
      const { _chunks: chunks } = this;
      this._table = isWhole
        ? table(decode(chunks, this.header('content-type'), TABLE_BYTES))
        : null;
    }
    return this._table;
  }

  /** The answer as it is kept, for pictures and for the disk. */
  get blob(): Blob {
    return new Blob(this._chunks as BlobPart[], { type: this.media });
  }

  /** Send it, and take in the answer to its end. Never rejects. */
  async run(target: ITarget, request: IOutgoing): Promise<void> {
    const { now } = this._wire;
    const started = now();
    const { id } = this;
    const { endpoint } = this.asked;
    const { signal } = this._abort;
    this.target = target.kind;
    try {
      const reply = await target.send(request, { id, endpoint, signal });
      const { status, statusText, headers, whole } = reply;
      Object.assign(this, { status, statusText, headers });
      this._tell('receiving', now() - started);
      await this._receive(reply.read, started);
      this.size = whole?.size ?? this.size;
      this._tell(signal.aborted ? 'cancelled' : 'done', whole?.durationMs ?? now() - started);
      // The answer does not wait for it.
      void reply.note().then(call => call && this.note(call));
    } catch (error) {
      const isOurs = signal.aborted;
      this.error = isOurs ? null : asRefusal(error);
      this._tell(isOurs ? 'cancelled' : 'failed', now() - started);
    }
  }

  /** Break it off; the app is told, and what it runs for this is given up. */
  cancel(): void {
    if (!this.isOver) {
      this._abort.abort();
    }
  }

  /** Make room for newer answers: what has arrived goes, and what is under way is given up. */
  forget(): void {
    this.isForgotten = true;
    this._chunks.length = 0;
    this._text = null;
    this._table = null;
    this.cancel();
    this._changed.emit();
  }

  protected override release(): void {
    this.cancel();
    this._wire.answers.release(this);
  }

  /** Add what the worker has noted. */
  note(call: Call): void {
    this.call = call;
    this._changed.emit();
  }

  private async _receive(read: () => Promise<Uint8Array | null>, started: number): Promise<void> {
    // Of a burst the last piece is drawn as well, even if nothing comes after it.
    let drawing: number | undefined;
    const draw = (): void => {
      drawing = undefined;
      this._tell('receiving', this._wire.now() - started);
    };
    try {
      for (;;) {
        const value = await read();
        if (!value) {
          return;
        }
        if (this._wire.answers.take(this, value.length)) {
          this._chunks.push(value);
          this._text = null;
        }
        this.size += value.length;
        drawing ??= window.setTimeout(draw, DRAW_MS);
      }
    } finally {
      window.clearTimeout(drawing);
    }
  }

  private _tell(phase: Phase, durationMs: number): void {
    this.phase = phase;
    this.durationMs = durationMs;
    this._changed.emit();
  }

  private readonly _abort = new AbortController();
  private readonly _chunks: Uint8Array[] = [];
  private _text: string | null = null;
  private _table: ITable | null | undefined = undefined;
}

function asRefusal(error: unknown): SendError {
  return error instanceof SendFailed
    ? error.error
    : { kind: 'told', text: (error as Error).message };
}

/** The beginning of some bytes, in the encoding that their type names. */
function decode(chunks: readonly Uint8Array[], contentType: string, most = SHOWN_BYTES): string {
  const charset = /charset=["']?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  const decoder = decoderOf(charset);
  let text = '';
  let left = most;
  for (const chunk of chunks) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true });
    left -= chunk.length;
    if (left <= 0) {
      return text;
    }
  }
  return text + decoder.decode();
}

function decoderOf(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
