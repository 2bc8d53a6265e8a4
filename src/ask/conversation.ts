/**
 * A conversation with a model: questions, answers, and the cells that came of them.
 */
import { Signal, type ISignal } from '@lumino/signaling';
import {
  CallFailed,
  LineLost,
  type ChatMessage,
  type IChatModel,
  type IDecision,
  type IExecutionApi,
  type IServerEvent
} from '../api';
import { Artifact, cellsOf, recall, type ArtifactCell } from '../artifact';
import { DisposableObservable } from '../observable';
import type { IAttachment } from './attachments';
import { Turn } from './turn';

const EXPIRED = 'session_expired';
const NAME_CHARACTERS = 60;

/** What is kept of a conversation: by these the server tells it again. */
export interface IConversationIds {
  readonly chats: readonly string[];
  /** The session in which code runs; null before there is one. */
  readonly session: string | null;
}

/**
 * The model asked last of all is the one that the next question goes to. `changed` is emitted when
 * there is something new to show.
 */
export class Conversation extends DisposableObservable {
  constructor(private readonly _options: Conversation.IOptions) {
    super();
    const { api, now, trans } = _options;
    this.artifact = new Artifact({ api, now, name: () => trans.__('Typed code') });
    this.artifact.changed.connect(this._keep, this);
  }

  /** The notebook at the right. */
  readonly artifact: Artifact;
  /** Emitted when a chat or the session has begun or gone: what is kept has changed. */
  get idsChanged(): ISignal<this, IConversationIds> {
    return this._idsChanged;
  }

  get turns(): readonly Turn[] {
    return this._turns;
  }

  /** Whether a person decides about each piece of code before it runs. */
  get asksFirst(): boolean {
    return this._asksFirst;
  }

  setAsksFirst(asksFirst: boolean): void {
    this._asksFirst = asksFirst;
    this._changed.emit();
  }

  /** The question that is being answered. */
  get current(): Turn | null {
    const last = this._turns[this._turns.length - 1];
    return last && !last.isOver ? last : null;
  }

  /** The model that would be asked; null where there is none, or nobody has looked yet. */
  get model(): IChatModel | null {
    return this._model;
  }

  /** What to do to have a model, in the server's words. */
  get modelProblem(): string {
    return this._modelProblem;
  }

  /** The files and frames that went into the session. */
  get given(): readonly IAttachment[] {
    return this._given;
  }

  /** See which model there is. */
  async look(): Promise<void> {
    try {
      this._model = await this._options.api.chatModel();
      this._modelProblem = '';
    } catch (error) {
      this._model = null;
      this._modelProblem = (error as Error).message;
    }
    this._changed.emit();
  }

  /** Ask; the answer comes through `changed`. It never raises. */
  async ask(question: string, attachments: readonly IAttachment[] = []): Promise<void> {
    if (this.current || !question.trim()) {
      return;
    }
    const names = attachments.map(({ name }) => name);
    const turn = this._begin(new Turn(question.trim(), names, this._options.now()));
    const abort = this._abort;
    await this._guard(turn, async () => {
      const content = [question.trim(), ...attachments.map(({ told }) => told)].join('\n\n');
      await this._give(question, attachments);
      const events = (): AsyncGenerator<IServerEvent> => {
        const { sessionId } = this.artifact;
        const body = {
          messages: [...this._messages(turn), { role: 'user', content }],
          asks_first: this.asksFirst,
          ...(sessionId && { session_id: sessionId })
        };
        return this._options.api.ask(body, abort.signal);
      };
      try {
        await this._follow(turn, events());
      } catch (error) {
        if (!(error instanceof CallFailed && error.problem.code === EXPIRED)) {
          throw error;
        }
        this.artifact.sessionId = null;
        await this._give(question, this._given);
        await this._follow(turn, events());
      }
    });
  }

  /** Show again what the server still knows, and go on with what it is at. */
  async restore({ chats, session }: IConversationIds): Promise<void> {
    const { signal } = this._abort;
    // What is kept already is not written over by a part of it.
    this._isRestoring = true;
    this._kept = { chats, session };
    for (const id of chats) {
      const events = this._options.api.chat(id, this._abort.signal);
      const turn = await this._reopen(events);
      if (turn) {
        await this._guard(turn, () => this._follow(turn, events));
      }
      if (!this._isRestoring) {
        // It was begun from nothing meanwhile.
        return;
      }
    }
    await this._recall(session, signal);
    this._isRestoring = false;
    this._keep();
  }

  /** End the model, and what it runs. */
  async stop(): Promise<void> {
    const turn = this.current;
    if (!turn) {
      return;
    }
    turn.status = 'stopping';
    this._changed.emit();
    try {
      if (!turn.chatId) {
        throw new LineLost();
      }
      await this._options.api.stopChat(turn.chatId);
    } catch {
      // It has not begun yet, or cannot be reached: it ends when nobody reads it.
      this._abort.abort();
      this._abort = new AbortController();
      turn.end('stopped');
      this._changed.emit();
    }
  }

  /** Say what becomes of code that waits. */
  async decide(cell: ArtifactCell, decision: IDecision): Promise<void> {
    const turn = this.current;
    const callId = turn?.callOf(cell);
    if (!turn || !callId) {
      return;
    }
    try {
      await this._options.api.decide(turn.chatId, callId, decision);
    } catch (error) {
      cell.stop('refused', (error as Error).message);
    }
  }

  /** Begin from nothing, in another session. */
  clear(): void {
    this._abort.abort();
    this._abort = new AbortController();
    this._isRestoring = false;
    this._turns = [];
    this._given = [];
    this.artifact.clear();
    this._keep();
    this._changed.emit();
  }

  protected override release(): void {
    this._abort.abort();
    this.artifact.dispose();
  }

  private _begin(turn: Turn): Turn {
    this._turns = [...this._turns, turn];
    this._changed.emit();
    return turn;
  }

  /** Put files into the session, which is opened for them. */
  private async _give(question: string, attachments: readonly IAttachment[]): Promise<void> {
    const { api } = this._options;
    const read = attachments.filter(({ read }) => read);
    if (read.length === 0) {
      return;
    }
    const name = question.replace(/\s+/g, ' ').trim().slice(0, NAME_CHARACTERS);
    this.artifact.sessionId ??= (await api.openSession(name)).session_id;
    for (const { file, read: content } of read) {
      await api.putFile(this.artifact.sessionId, file, (await content?.()) ?? new Blob());
    }
    this._given = [...new Set([...this._given, ...read])];
  }

  /** All that was said before a question. */
  private _messages(until: Turn): readonly ChatMessage[] {
    return this._turns
      .slice(0, this._turns.indexOf(until))
      .filter(({ messages }) => messages.length > 0)
      .flatMap(({ question, messages }) => [{ role: 'user', content: question }, ...messages]);
  }

  /** Show what persons have run in the session beside the chats. */
  private async _recall(session: string | null, signal: AbortSignal): Promise<void> {
    const { artifact } = this;
    const id = artifact.sessionId ?? session;
    const cells = id === null ? null : await cellsOf(this._options.api, id);
    // It may have been begun from nothing meanwhile, or in a session of its own.
    const isCurrent = artifact.sessionId === null || artifact.sessionId === id;
    if (cells && isCurrent && !signal.aborted && !this.isDisposed) {
      artifact.sessionId = id;
      recall(artifact, cells, this._options.now());
      this._changed.emit();
    }
  }

  /** The first event of a chat that is told again; null where nobody knows or wants it. */
  private async _reopen(events: AsyncGenerator<IServerEvent>): Promise<Turn | null> {
    try {
      const { value, done } = await events.next();
      if (done || !this._isRestoring) {
        return null;
      }
      const turn = new Turn(String(value.data.question ?? ''), [], this._options.now());
      turn.take(value, this.artifact, this._options.now());
      return this._begin(turn);
    } catch {
      return null;
    }
  }

  private async _follow(turn: Turn, events: AsyncGenerator<IServerEvent>): Promise<void> {
    for await (const event of events) {
      if (!this._turns.includes(turn) || this.isDisposed) {
        return;
      }
      turn.take(event, this.artifact, this._options.now());
      if (event.kind === 'started') {
        this._keep();
      }
      this._changed.emit();
    }
  }

  private async _guard(turn: Turn, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!turn.isOver) {
        turn.end(error instanceof LineLost ? 'lost' : 'failed', (error as Error).message);
      }
    }
    if (!this.isDisposed) {
      this._changed.emit();
    }
  }

  private _keep(): void {
    const chats = this._turns.map(({ chatId }) => chatId).filter(Boolean);
    const ids: IConversationIds = { chats, session: this.artifact.sessionId };
    if (!this._isRestoring && JSON.stringify(ids) !== JSON.stringify(this._kept)) {
      this._kept = ids;
      this._idsChanged.emit(ids);
    }
  }

  private readonly _idsChanged = new Signal<this, IConversationIds>(this);
  private _abort = new AbortController();
  private _asksFirst = false;
  private _isRestoring = false;
  private _kept: IConversationIds = { chats: [], session: null };
  private _turns: readonly Turn[] = [];
  private _given: readonly IAttachment[] = [];
  private _model: IChatModel | null = null;
  private _modelProblem = '';
}

export namespace Conversation {
  export interface IOptions {
    readonly api: IExecutionApi;
    readonly now: () => number;
    readonly trans: { __(text: string): string };
  }
}
