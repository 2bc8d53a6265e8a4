/**
 * One question and what came of it, as the events of a chat tell it.
 */
import type { ChatMessage, IServerEvent } from '../api';
import type { Artifact, ArtifactCell, EventData } from '../artifact';

const EXECUTE = 'executeNotebook';
/** What is said beyond this is not shown: a text that has no end must not take the page with it. */
const MOST_CHARACTERS = 200_000;

/** `waiting` until the model begins; the others are how it ended. */
export type TurnStatus =
  'waiting' | 'answering' | 'stopping' | 'ok' | 'stopped' | 'rounds' | 'time' | 'failed' | 'lost';

/** A piece of an answer: what was said, a cell, or another tool that was called. */
export type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly isCut: boolean }
  | { readonly kind: 'cell'; readonly cell: ArtifactCell }
  | {
      readonly kind: 'tool';
      readonly callId: string;
      readonly name: string;
      readonly path: string;
      readonly isError: boolean;
      readonly text: string;
    };

/** A question and its answer, as far as it has come. */
export class Turn {
  constructor(
    readonly question: string,
    readonly attached: readonly string[],
    readonly beganMs: number
  ) {}

  chatId = '';
  model = '';
  host = '';
  status: TurnStatus = 'waiting';
  /** Why there is no answer, in the server's words. */
  failure = '';
  rounds = 0;
  promptTokens = 0;
  completionTokens = 0;
  durationMs: number | null = null;
  pieces: readonly Piece[] = [];
  /** What continues the conversation: the messages of the model and its tools. */
  messages: readonly ChatMessage[] = [];

  get isOver(): boolean {
    return !['waiting', 'answering', 'stopping'].includes(this.status);
  }

  /** The cell that waits for a person. */
  get asking(): ArtifactCell | null {
    return this._cells.find(({ state }) => state === 'asking') ?? null;
  }

  /** The id by which a waiting cell is decided about. */
  callOf(cell: ArtifactCell): string | null {
    return [...this._calls].find(([, each]) => each === cell)?.[0] ?? null;
  }

  /** Take an event; what is of no kind that is known is passed over. */
  take({ kind, data }: IServerEvent, artifact: Artifact, nowMs: number): void {
    switch (kind) {
      case 'started':
        this.chatId = String(data.chat_id);
        this.model = String(data.model);
        this.host = String(data.host);
        this.status = this.status === 'waiting' ? 'answering' : this.status;
        artifact.sessionId = String(data.session_id);
        break;
      case 'text':
        this._say(String(data.text));
        break;
      case 'tool_call':
        this._call(data, artifact, nowMs);
        break;
      case 'output':
      case 'progress':
        this._cell(data)?.take(kind, data);
        break;
      case 'tool_result':
        this._result(data);
        break;
      case 'usage':
        this.rounds = Number(data.round) || this.rounds;
        this.promptTokens += Number(data.prompt_tokens) || 0;
        this.completionTokens += Number(data.completion_tokens) || 0;
        break;
      case 'done':
        this._done(data);
        break;
      case 'failed':
        this.end('failed', String(data.message));
        break;
    }
  }

  /** It is over; what runs or waits for it does not any more. */
  end(status: TurnStatus, failure = ''): void {
    this.status = status;
    this.failure = failure;
    for (const cell of this._cells) {
      if (cell.state === 'running' || cell.state === 'asking') {
        cell.stop('stopped');
      }
    }
  }

  /** Those of its cells that were not deleted. */
  private get _cells(): readonly ArtifactCell[] {
    return this.pieces.flatMap(piece =>
      piece.kind === 'cell' && !piece.cell.isDisposed ? [piece.cell] : []
    );
  }

  private _done(data: EventData): void {
    this.rounds = Number(data.rounds) || this.rounds;
    this.promptTokens = Number(data.prompt_tokens) || this.promptTokens;
    this.completionTokens = Number(data.completion_tokens) || this.completionTokens;
    this.durationMs = Number(data.duration_ms);
    this.messages = Array.isArray(data.messages) ? answered(data.messages as ChatMessage[]) : [];
    const known: readonly TurnStatus[] = ['ok', 'stopped', 'rounds', 'time'];
    this.end(known.find(each => each === data.status) ?? 'ok');
  }

  private _say(text: string): void {
    const last = this.pieces[this.pieces.length - 1];
    if (last?.kind !== 'text') {
      this.pieces = [...this.pieces, cut(text)];
    } else if (!last.isCut) {
      this.pieces = [...this.pieces.slice(0, -1), cut(last.text + text)];
    }
  }

  private _call(data: EventData, artifact: Artifact, nowMs: number): void {
    const callId = String(data.call_id);
    const given = (data.arguments ?? {}) as Readonly<Record<string, unknown>>;
    if (data.name !== EXECUTE || typeof given.code !== 'string') {
      const { name } = data;
      const path = typeof given.path === 'string' ? given.path : '';
      this._calls.delete(callId);
      this.pieces = [
        ...this.pieces,
        { kind: 'tool', callId, name: String(name), path, isError: false, text: '' }
      ];
      return;
    }
    const known = this._cell(data);
    const isDecided = known?.state === 'asking';
    const cell = isDecided ? known : artifact.add(given.code, 'running');
    if (data.is_waiting === true) {
      cell.ask(given.code);
    } else {
      cell.begin(nowMs, given.code);
    }
    if (!isDecided) {
      // A model may name two calls of different rounds alike: the newest is meant.
      this._calls.set(callId, cell);
      this.pieces = [...this.pieces, { kind: 'cell', cell }];
    }
  }

  private _result(data: EventData): void {
    const cell = this._cell(data);
    if (cell) {
      cell.take('tool_result', data);
      return;
    }
    if (data.is_error !== true) {
      return;
    }
    const text = String(data.text);
    this.pieces = this.pieces.map(piece =>
      piece.kind === 'tool' && piece.callId === data.call_id && !piece.text
        ? { ...piece, isError: true, text }
        : piece
    );
  }

  private _cell(data: EventData): ArtifactCell | null {
    const cell = this._calls.get(String(data.call_id));
    return cell && !cell.isDisposed ? cell : null;
  }

  private readonly _calls = new Map<string, ArtifactCell>();
}

function cut(text: string): Piece {
  const isCut = text.length > MOST_CHARACTERS;
  return { kind: 'text', text: isCut ? text.slice(0, MOST_CHARACTERS) : text, isCut };
}

/** Messages in which every call has an answer: without one, a model's server refuses all of them. */
export function answered(messages: readonly ChatMessage[]): readonly ChatMessage[] {
  const told = new Set(messages.map(each => each.tool_call_id));
  return messages.flatMap(each => {
    const calls = Array.isArray(each.tool_calls) ? (each.tool_calls as { id: string }[]) : [];
    const open = calls.filter(call => !told.has(call.id));
    return [
      each,
      ...open.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: 'It was stopped.' }))
    ];
  });
}
