import { nullTranslator } from '@jupyterlab/translation';
import {
  CallFailed,
  LineLost,
  type IChatBody,
  type IExecutionApi,
  type ISessionListener
} from '../../api';
import { fileAttachment, frameAttachment } from '../attachments';
import { Conversation } from '../conversation';
import { answered } from '../turn';

type Told = readonly [kind: string, data: Record<string, unknown>];

const STARTED: Told = ['started', { chat_id: 'c1', session_id: 's1', model: 'm', host: 'h' }];
const DONE: Told = [
  'done',
  {
    status: 'ok',
    rounds: 2,
    prompt_tokens: 20,
    completion_tokens: 7,
    duration_ms: 900,
    messages: [{ role: 'assistant', content: 'It is 3.' }]
  }
];
const PRINTED = { output_type: 'stream', name: 'stdout', text: '3' };

function call(callId: string, code: unknown, isWaiting = false): Told {
  const data = { call_id: callId, name: 'executeNotebook', is_waiting: isWaiting };
  return ['tool_call', { ...data, arguments: { code } }];
}

/** A service whose chats tell these events, one list after the other; an error ends its list. */
function service(...chats: (readonly (Told | Error)[])[]) {
  const asked: IChatBody[] = [];
  const calls: unknown[][] = [];
  const ran: Record<string, unknown>[] = [];
  async function* events() {
    for (const each of chats.shift() ?? []) {
      if (each instanceof Error) {
        throw each;
      }
      yield { id: '', kind: each[0], data: each[1] };
    }
  }
  const note =
    (name: string) =>
    async (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const api = {
    ask: (body: IChatBody) => {
      asked.push(body);
      return events();
    },
    chat: (id: string) => {
      calls.push(['chat', id]);
      return events();
    },
    stopChat: note('stop'),
    decide: note('decide'),
    putFile: note('put'),
    listen: (id: string, { told, closed }: ISessionListener) => {
      calls.push(['listen', id]);
      if (id === 'ended') {
        closed();
      } else {
        told({ type: 'session', execution_id: null, data: { cells: ran } });
      }
      return { isDisposed: false, dispose: () => undefined };
    },
    openSession: async (name: string) => {
      calls.push(['open', name]);
      return { session_id: 's9' };
    }
  };
  const subject = new Conversation({
    api: api as unknown as IExecutionApi,
    now: () => 0,
    trans: nullTranslator.load('')
  });
  return { asked, calls, ran, subject };
}

function pieces(subject: Conversation) {
  return subject.turns.map(({ pieces }) =>
    pieces.map(piece => (piece.kind === 'cell' ? { cell: piece.cell.code } : piece))
  );
}

describe('an answer', () => {
  it('is text and cells in the order in which they came', async () => {
    const { asked, subject } = service([
      STARTED,
      ['text', { text: 'I look ' }],
      ['text', { text: 'first.' }],
      call('c0', '1 + 2'),
      ['output', { call_id: 'c0', index: 0, output: PRINTED }],
      ['tool_result', { call_id: 'c0', status: 'ok', text: '3', is_error: false }],
      // A model may name each call alike.
      call('c0', '2 + 2'),
      ['tool_result', { call_id: 'c0', status: 'ok', text: '4', is_error: false }],
      ['usage', { round: 1, prompt_tokens: 10, completion_tokens: 5 }],
      ['unheard of', {}],
      ['text', { text: 'It is 3.' }],
      DONE
    ]);
    await subject.ask(' what is it? ');
    expect(asked).toEqual([
      { messages: [{ role: 'user', content: 'what is it?' }], asks_first: false }
    ]);
    expect(pieces(subject)).toEqual([
      [
        { kind: 'text', text: 'I look first.', isCut: false },
        { cell: '1 + 2' },
        { cell: '2 + 2' },
        { kind: 'text', text: 'It is 3.', isCut: false }
      ]
    ]);
    expect(subject.turns).toMatchObject([
      { status: 'ok', rounds: 2, promptTokens: 20, completionTokens: 7 }
    ]);
    expect(subject.artifact.cells.map(cell => [cell.code, cell.status])).toEqual([
      ['1 + 2', 'ok'],
      ['2 + 2', 'ok'],
      ['', '']
    ]);
  });

  it('continues what was said before, in the same session', async () => {
    const { asked, subject } = service([STARTED, DONE], [STARTED, DONE]);
    await subject.ask('first');
    await subject.ask('second');
    expect(asked[1]).toEqual({
      messages: [
        { role: 'user', content: 'first' },
        { role: 'assistant', content: 'It is 3.' },
        { role: 'user', content: 'second' }
      ],
      asks_first: false,
      session_id: 's1'
    });
  });

  it('that is odd or without end takes nothing with it', async () => {
    const { subject } = service([
      STARTED,
      call('c0', 7),
      ['tool_result', { call_id: 'c0', text: 'It needs the argument code.', is_error: true }],
      ['text', { text: 'x'.repeat(300_000) }],
      ['text', { text: 'more' }],
      ['tool_call', {}],
      ['output', {}],
      DONE
    ]);
    await subject.ask('go');
    const [[tool, text, odd] = []] = pieces(subject);
    const empty = { kind: 'tool', path: '', isError: false, text: '' };
    expect([tool, odd]).toEqual([
      {
        ...empty,
        callId: 'c0',
        name: 'executeNotebook',
        isError: true,
        text: 'It needs the argument code.'
      },
      { ...empty, callId: 'undefined', name: 'undefined' }
    ]);
    expect(text).toEqual({ kind: 'text', text: 'x'.repeat(200_000), isCut: true });
  });

  it.each([
    [['failed', { message: 'h refuses the key.' }] as Told, 'failed', 'h refuses the key.'],
    [new LineLost(), 'lost', 'The connection to the server was lost.'],
    [new CallFailed(503, { code: 'x', message: 'No kernel.', context: {} }), 'failed', 'No kernel.']
  ])('that breaks off says why, and leaves nothing running', async (end, status, failure) => {
    const { subject } = service([STARTED, call('c0', 'f()'), end]);
    await subject.ask('go');
    expect(subject.turns).toMatchObject([{ status, failure }]);
    expect([subject.current, subject.artifact.cells[0]?.state]).toEqual([null, 'finished']);
  });

  it('goes to a new session where the old one has ended, with its files', async () => {
    const expired = new CallFailed(404, { code: 'session_expired', message: '', context: {} });
    const { asked, calls, subject } = service([STARTED, DONE], [expired], [STARTED, DONE]);
    await subject.ask('first', [fileAttachment('a.csv', 'x/a.csv', async () => new Blob(['1']))]);
    await subject.ask('second');
    expect(asked.map(body => body.session_id)).toEqual(['s9', 's1', 's9']);
    expect(calls.map(each => each.slice(0, 3))).toEqual([
      ['open', 'first'],
      ['put', 's9', 'a.csv'],
      ['open', 'second'],
      ['put', 's9', 'a.csv']
    ]);
  });
});

describe('code that waits', () => {
  it('is one cell before and after a person has decided', async () => {
    const { calls, subject } = service([STARTED, call('c0', '1', true), call('c0', '2'), DONE]);
    const waited: unknown[] = [];
    subject.changed.connect(() => {
      const asking = subject.current?.asking;
      if (asking && waited.length === 0) {
        waited.push(asking);
        void subject.decide(asking, { run: true, code: '2' });
      }
    }, subject);
    subject.setAsksFirst(true);
    await subject.ask('go');
    expect(calls).toEqual([['decide', 'c1', 'c0', { run: true, code: '2' }]]);
    expect(pieces(subject)).toEqual([[{ cell: '2' }]]);
    expect(subject.artifact.cells[0]).toBe(waited[0]);
  });
});

describe('a conversation', () => {
  it('is told again by the server, without what that knows no more', async () => {
    const gone = new CallFailed(404, { code: 'no-execution', message: 'Gone.', context: {} });
    const told: Told = ['started', { ...STARTED[1], question: 'go' }];
    const { calls, subject } = service([gone], [told, call('c0', '1'), DONE]);
    const kept: unknown[] = [];
    subject.idsChanged.connect((_, ids) => void kept.push(ids), subject);
    await subject.restore({ chats: ['a', 'b'], session: 's1' });
    expect(calls).toEqual([
      ['chat', 'a'],
      ['chat', 'b'],
      ['listen', 's1']
    ]);
    expect(subject.turns).toMatchObject([{ question: 'go', status: 'ok' }]);
    expect(subject.artifact.sessionId).toBe('s1');
    expect(kept).toEqual([{ chats: ['c1'], session: 's1' }]);
  });

  it('is not told again to who has begun from nothing meanwhile', async () => {
    const { calls, subject } = service([STARTED, DONE], [STARTED, DONE]);
    const kept: unknown[] = [];
    subject.idsChanged.connect((_, ids) => void kept.push(ids), subject);
    const restored = subject.restore({ chats: ['a', 'b'], session: 's1' });
    subject.clear();
    await restored;
    expect(subject.turns).toEqual([]);
    expect(kept).toEqual([{ chats: [], session: null }]);
    expect(calls).toEqual([['chat', 'a']]);
  });

  it('shows what was typed again, between the cells of its chats', async () => {
    const ran = (id: string, code: string) => {
      return { execution_id: id, code, status: 'ok', outputs: [PRINTED], duration_ms: 5 };
    };
    const result = { call_id: 'c0', status: 'ok', execution_id: 'e2', text: '3' };
    const { ran: held, subject } = service([
      STARTED,
      call('c0', 'of the model'),
      ['tool_result', result],
      DONE
    ]);
    held.push(ran('e1', 'before'), ran('e2', 'of the model'), ran('e3', 'after'));
    await subject.restore({ chats: ['c1'], session: 's1' });
    expect(
      subject.artifact.cells.map(cell => [cell.code, cell.status, cell.model.outputs.length])
    ).toEqual([
      ['before', 'ok', 1],
      ['of the model', 'ok', 0],
      ['after', 'ok', 1],
      ['', '', 0]
    ]);
  });

  it('shows what was typed again without any chat, unless the session has ended', async () => {
    const told = { execution_id: 'e1', code: 'typed', status: 'ok', outputs: [] };
    const { ran, subject } = service();
    ran.push(told);
    await subject.restore({ chats: [], session: 's1' });
    expect(subject.artifact.cells.map(({ code }) => code)).toEqual(['typed', '']);
    expect(subject.artifact.sessionId).toBe('s1');
    const ended = service();
    await ended.subject.restore({ chats: [], session: 'ended' });
    expect(ended.subject.artifact.cells.map(({ code }) => code)).toEqual(['']);
    expect(ended.subject.artifact.sessionId).toBe(null);
  });

  it('keeps the ids of its chats, and nothing else', async () => {
    const { subject } = service([STARTED, DONE]);
    const kept: unknown[] = [];
    subject.idsChanged.connect((_, ids) => void kept.push(ids), subject);
    await subject.ask('secret');
    subject.clear();
    expect(kept).toEqual([
      { chats: ['c1'], session: 's1' },
      { chats: [], session: null }
    ]);
    expect([subject.turns, subject.artifact.sessionId]).toEqual([[], null]);
  });

  it('tells the model shapes of a frame, and where its values are if they are shared', () => {
    const columns = [['a', 'int64'] as const, ['b', 'object'] as const];
    const frame = { name: 'df', kind: 'pandas', shape: [10, 3], columns };
    const about =
      'My notebook has the pandas data frame df, 10 × 3, with the columns a (int64), b (object) and 1 more.';
    expect([
      frameAttachment(frame).told,
      frameAttachment(frame, async () => new Blob()).told
    ]).toEqual([
      `${about} Its values are not shared: it is not there when code runs.`,
      `${about} Its values are in the file df.csv of the working folder.`
    ]);
  });

  it('gives every call an answer', () => {
    const messages = [
      { role: 'assistant', content: '', tool_calls: [{ id: 'a' }, { id: 'b' }] },
      { role: 'tool', tool_call_id: 'a', content: '1' }
    ];
    expect(answered(messages)).toEqual([
      messages[0],
      { role: 'tool', tool_call_id: 'b', content: 'It was stopped.' },
      messages[1]
    ]);
  });
});
