import type { KernelMessage } from '@jupyterlab/services';
import { Signal } from '@lumino/signaling';
import { ANSWER_TYPE, type KernelAnswer, type KernelRequest } from '../../../protocol';
import { analysis, endpoint } from '../../__tests__/samples';
import { KernelTarget, MOST_BYTES } from '../kernel';
import type { Session } from '../queue';
import type { IOutgoing } from '../request';
import { SendFailed } from '../target';

const NEED = { name: 'hello', cell: 2, cell_id: 'hello' };
const HELLO = endpoint();
const REQUEST: IOutgoing = {
  method: 'GET',
  target: '/api/hello',
  headers: [['x-a', 'b']],
  body: null,
  form: null
};
const RESPONSE = {
  status: 200,
  status_text: 'OK',
  headers: [['content-type', 'text/plain']],
  body: btoa('hi'),
  size: 2,
  duration_ms: 5,
  is_interrupted: false,
  call: null
};

function answer(changes: Partial<KernelAnswer> = {}): KernelAnswer {
  return {
    statuses: [{ key: HELLO.key, state: 'ready', need: NEED, holder: 0 }],
    has_run: true,
    openapi: null,
    lacking: null,
    refused: '',
    response: null,
    ...changes
  };
}

function shown(told: KernelAnswer): object {
  return {
    status: 'ok',
    user_expressions: { answer: { status: 'ok', data: { [ANSWER_TYPE]: told } } }
  };
}

/** A future in the test's hands. */
class Execution {
  onIOPub: (message: unknown) => void = () => undefined;
  readonly done = new Promise<unknown>((resolve, reject) => {
    this.reply = content => resolve({ content });
    this.lose = () => reject(new Error('Canceled'));
  });
  reply!: (content: object) => void;
  lose!: () => void;

  tell(execution_state: string): void {
    this.onIOPub({ header: { msg_type: 'status' }, content: { execution_state } });
  }
}

class FakeKernel {
  status = 'idle';
  connectionStatus = 'connected';
  readonly spec = Promise.resolve({ language: 'Python' });
  readonly anyMessage = new Signal<this, unknown>(this);
  readonly executions: Execution[] = [];
  readonly asked: KernelMessage.IExecuteRequestMsg['content'][] = [];
  interrupts = 0;

  requestExecute(content: KernelMessage.IExecuteRequestMsg['content']): Execution {
    this.message('send', 'execute_request', `ours-${this.asked.length}`);
    this.asked.push(content);
    const execution = new Execution();
    this.executions.push(execution);
    return execution;
  }

  async interrupt(): Promise<void> {
    this.interrupts += 1;
  }

  message(direction: string, msg_type: string, id: string): void {
    const parent_header = direction === 'send' ? {} : { msg_id: id };
    this.anyMessage.emit({ direction, msg: { header: { msg_type, msg_id: id }, parent_header } });
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await Promise.resolve();
  }
}

async function build(language = 'Python') {
  const kernel = new FakeKernel();
  Object.assign(kernel, { spec: Promise.resolve({ language }) });
  const session = {
    session: { kernel: kernel as FakeKernel | null },
    kernelChanged: new Signal<object, void>({}),
    statusChanged: new Signal<object, string>({})
  };
  const requests: KernelRequest[] = [];
  const state = {
    analysis: {
      analysis: analysis(),
      changed: new Signal<object, void>({}),
      document: { path: 'a.ipynb', cells: [] }
    }
  };
  const target = new KernelTarget({
    api: {
      kernelCode: async request => {
        requests.push(request);
        return { expression: `ask(${request.key ?? ''})` };
      }
    },
    session: session as unknown as Session,
    state,
    encode: async () => ({ headers: [['x-a', 'b']], body: '' })
  });
  await settle();
  const become = (status: string): void => {
    kernel.status = status;
    session.statusChanged.emit(status);
  };
  const stop = new AbortController();
  const send = () => target.send(REQUEST, { id: 'c1', endpoint: HELLO, signal: stop.signal });
  return { target, kernel, session, state, requests, become, stop, send };
}

/** Let the kernel answer the question that has come last. */
async function reply(kernel: FakeKernel, content: object): Promise<void> {
  await settle();
  kernel.executions[kernel.executions.length - 1]?.reply(content);
  await settle();
}

async function errorOf(sent: Promise<unknown>): Promise<unknown> {
  const error: unknown = await sent.catch((raised: unknown) => raised);
  return error instanceof SendFailed ? error.error : error;
}

describe('how a kernel stands', () => {
  it('is asked once for each state of document and namespace', async () => {
    const { target, kernel, state, requests } = await build();
    expect([target.hasRun, target.status(HELLO).kind]).toEqual([false, 'ready']);
    await settle();
    expect(requests).toEqual([]);
    target.watch(HELLO);
    await reply(kernel, shown(answer()));
    expect([target.hasRun, target.status(HELLO).kind]).toEqual([true, 'ready']);
    await settle();
    expect(requests.map(each => each.key)).toEqual([HELLO.key]);
    expect(kernel.asked[0]).toEqual({
      code: '',
      silent: true,
      store_history: false,
      allow_stdin: false,
      stop_on_error: false,
      user_expressions: { answer: `ask(${HELLO.key})` }
    });
    state.analysis.analysis = analysis();
    state.analysis.changed.emit();
    const statuses = [{ key: HELLO.key, state: 'edited', need: NEED, holder: 0 } as const];
    await reply(kernel, shown(answer({ statuses })));
    expect(target.status(HELLO)).toEqual({
      kind: 'not-run',
      reason: { kind: 'run-again', need: NEED }
    });
    kernel.message('send', 'execute_request', 'other');
    kernel.message('recv', 'execute_input', 'other');
    expect(requests.length).toBe(2);
    kernel.message('recv', 'execute_reply', 'other');
    await reply(kernel, shown(answer()));
    expect(requests.length).toBe(3);
    target.watch(null);
    state.analysis.analysis = analysis();
    state.analysis.changed.emit();
    await settle();
    expect(requests.length).toBe(3);
  });

  it('is told in words: busy with its queue, starting, dead, none', async () => {
    const { target, kernel, session, become } = await build();
    kernel.message('send', 'execute_request', 'a');
    kernel.message('send', 'execute_request', 'b');
    become('busy');
    expect(target.status(HELLO)).toEqual({ kind: 'busy', reason: { kind: 'queue', count: 2 } });
    kernel.message('recv', 'execute_reply', 'a');
    expect(target.status(HELLO).reason).toEqual({ kind: 'queue', count: 1 });
    become('restarting');
    expect(target.status(HELLO).kind).toBe('starting');
    become('dead');
    expect(target.status(HELLO)).toEqual({
      kind: 'no-kernel',
      reason: { kind: 'kernel', status: 'dead' }
    });
    session.session.kernel = null;
    session.kernelChanged.emit();
    expect(target.status(HELLO).reason).toEqual({ kind: 'kernel', status: 'none' });
  });

  it('is never asked where the language is another', async () => {
    const { target, requests } = await build('R');
    expect([target.isThere, target.hasRun]).toEqual([false, false]);
    expect(target.status(HELLO).reason).toEqual({ kind: 'kernel', status: 'not-python' });
    expect(requests).toEqual([]);
  });
});

describe('a call to a kernel', () => {
  it('is answered', async () => {
    const { kernel, requests, send } = await build();
    const sent = send();
    await reply(kernel, shown(answer({ response: RESPONSE })));
    const { read, note, ...told } = await sent;
    expect(told).toEqual({
      status: 200,
      statusText: 'OK',
      headers: [['content-type', 'text/plain']],
      whole: { durationMs: 5, size: 2 }
    });
    expect([await read(), await read(), await note()]).toEqual([
      Uint8Array.of(104, 105),
      null,
      null
    ]);
    expect(requests).toEqual([
      {
        path: 'a.ipynb',
        cells: [],
        key: HELLO.key,
        call: { id: 'c1', method: 'GET', target: '/api/hello', headers: [['x-a', 'b']], body: '' }
      }
    ]);
  });

  it('waits until the kernel is free, and is withdrawn without a trace', async () => {
    const { kernel, requests, become, stop, send } = await build();
    kernel.message('send', 'execute_request', 'a');
    become('busy');
    const sent = send();
    await settle();
    expect(requests).toEqual([]);
    stop.abort();
    expect(await errorOf(sent)).toEqual({ kind: 'interrupted' });
    expect([kernel.asked, kernel.interrupts]).toEqual([[], 0]);
  });

  it('is begun once what was before it is done', async () => {
    const { kernel, become, send } = await build();
    kernel.message('send', 'execute_request', 'a');
    become('busy');
    const sent = send();
    kernel.message('recv', 'execute_reply', 'a');
    become('idle');
    await reply(kernel, shown(answer({ response: RESPONSE })));
    expect((await sent).status).toBe(200);
  });

  it('interrupts the kernel while it is what runs, and only then', async () => {
    const { kernel, stop, send } = await build();
    const sent = send();
    await settle();
    stop.abort();
    expect(kernel.interrupts).toBe(0);
    kernel.executions[0]?.tell('busy');
    expect(kernel.interrupts).toBe(1);
    kernel.executions[0]?.tell('idle');
    expect(kernel.interrupts).toBe(1);
    const response = { ...RESPONSE, status: 0, is_interrupted: true };
    await reply(kernel, shown(answer({ response })));
    expect(await errorOf(sent)).toEqual({ kind: 'interrupted' });
  });

  const status = (state: 'undefined' | 'elsewhere') => [
    { key: HELLO.key, state, need: NEED, holder: state === 'elsewhere' ? 5 : 0 }
  ];
  const failed = (ename: string, evalue: string): object => ({
    status: 'ok',
    user_expressions: { answer: { status: 'error', ename, evalue } }
  });
  it.each([
    [shown(answer({ statuses: status('undefined') })), { kind: 'undefined', need: NEED }],
    [shown(answer({ statuses: status('elsewhere') })), { kind: 'taken', need: NEED, holder: 5 }],
    [
      shown(answer({ lacking: { reason: 'no fastapi', command: 'pip' } })),
      { kind: 'lacking', reason: 'no fastapi', command: 'pip' }
    ],
    [shown(answer({ refused: 'odd type' })), { kind: 'told', text: 'odd type' }],
    [{ status: 'aborted' }, { kind: 'dropped' }],
    [
      { status: 'error', ename: 'E', evalue: 'x' },
      { kind: 'told', text: 'E: x' }
    ],
    [failed('FileNotFoundError', 'loader.py'), { kind: 'remote' }],
    [failed('KeyboardInterrupt', ''), { kind: 'interrupted' }],
    [failed('ValueError', 'odd'), { kind: 'told', text: 'ValueError: odd' }]
  ])('is refused in words: %#', async (content, expected) => {
    const { kernel, send } = await build();
    const sent = send();
    await reply(kernel, content);
    expect(await errorOf(sent)).toEqual(expected);
  });

  it('is lost with its kernel', async () => {
    const { kernel, send } = await build();
    const sent = send();
    await settle();
    kernel.status = 'autorestarting';
    kernel.executions[0]?.lose();
    expect(await errorOf(sent)).toEqual({ kind: 'kernel', status: 'autorestarting' });
  });

  it('is no bigger than one message may be', async () => {
    const { target, kernel } = await build();
    Object.assign((target as unknown as { _options: object })._options, {
      encode: async () => ({ headers: [], body: 'A'.repeat(MOST_BYTES * 2) })
    });
    const calling = { id: 'c', endpoint: HELLO, signal: new AbortController().signal };
    expect(await errorOf(target.send(REQUEST, calling))).toEqual({
      kind: 'too-large',
      bytes: MOST_BYTES * 1.5,
      most: MOST_BYTES
    });
    expect(kernel.asked).toEqual([]);
  });
});
