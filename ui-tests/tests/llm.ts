/**
 * A local server that speaks `/v1/chat/completions`, with answers written by hand for each test.
 */
import { createServer, type Server, type ServerResponse } from 'http';
import type { AddressInfo } from 'net';

/** Where the server under test looks for its model; see jupyter_server_test_config.py. */
const PORT = Number(process.env.NL_UI_PORT ?? 8899) + 3000;

/** The model's key, which no page may hold; see jupyter_server_test_config.py. */
export const KEY = 'sk-a-key-that-no-page-may-hold';

/** One answer: what is said, the code that is called for, and when it comes. */
export interface IReply {
  readonly texts?: readonly string[];
  readonly codes?: readonly string[];
  /** What is said as it is made, after its texts. */
  readonly spoken?: AsyncIterable<string>;
  readonly status?: number;
  /** The answer is held back after its texts, until this is there. */
  readonly until?: Promise<void>;
  /** What is said after that. */
  readonly late?: readonly string[];
}

/** The model: it gives its replies one after the other. */
export class Llm {
  static async start(): Promise<Llm> {
    const llm = new Llm();
    await new Promise<void>(resolve => llm._server.listen(PORT, '127.0.0.1', resolve));
    return llm;
  }

  get port(): number {
    return (this._server.address() as AddressInfo).port;
  }

  /** What it was asked, newest last. */
  readonly asked: { readonly messages: readonly { readonly content: string }[] }[] = [];

  /** Say what it answers from here on. */
  replies(...replies: IReply[]): void {
    this.asked.length = 0;
    this._replies = replies;
  }

  async close(): Promise<void> {
    this._server.closeAllConnections();
    await new Promise(resolve => this._server.close(resolve));
  }

  private async _answer(body: string, response: ServerResponse): Promise<void> {
    this.asked.push(JSON.parse(body));
    const reply = this._replies.shift() ?? {};
    const { texts = [], codes = [], status = 200, spoken = [], until, late = [] } = reply;
    if (status !== 200) {
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ error: { message: 'no' } }));
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    const send = (delta: object, finish_reason: string | null = null): void => {
      const choices = [{ index: 0, delta, finish_reason }];
      response.write(`data: ${JSON.stringify({ ...CHUNK, choices })}\n\n`);
    };
    texts.forEach(content => send({ content }));
    for await (const content of spoken) {
      send({ content });
    }
    await until;
    late.forEach(content => send({ content }));
    codes.forEach((code, index) => {
      const call = { name: 'executeNotebook', arguments: JSON.stringify({ code }) };
      send({ tool_calls: [{ index, id: `call${index}`, function: call }] });
    });
    send({}, codes.length ? 'tool_calls' : 'stop');
    const usage = { prompt_tokens: 120, completion_tokens: 40, total_tokens: 160 };
    response.write(`data: ${JSON.stringify({ ...CHUNK, choices: [], usage })}\n\n`);
    response.end('data: [DONE]\n\n');
  }

  private readonly _server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', piece => (body += String(piece)));
    request.on('end', () => void this._answer(body, response));
  });
  private _replies: IReply[] = [];
}

const CHUNK = { id: 'x', object: 'chat.completion.chunk', created: 0, model: 'written-by-hand' };
