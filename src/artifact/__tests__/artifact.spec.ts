import type { IExecutionApi, IServerEvent } from '../../api';
import { Artifact, asNotebookCell } from '../artifact';
import { ArtifactCell } from '../cell';

const PRINTED = { output_type: 'stream', name: 'stdout', text: 'a\n' };

function shown(cell: ArtifactCell) {
  return cell.model.outputs.toJSON();
}

/** A cell to be fed. */
function cellOf(code: string): ArtifactCell {
  return new ArtifactCell(code);
}

describe('a cell', () => {
  it('shows what comes as it comes, and then how it ended', () => {
    const cell = cellOf('f()');
    cell.begin(1000);
    cell.take('output', { index: 0, output: PRINTED });
    cell.take('output', { index: 0, output: { ...PRINTED, text: 'b\n' } });
    cell.take('progress', { elapsed_ms: 2000, limit_ms: 30000 });
    expect([cell.state, cell.beganMs, cell.limitMs]).toEqual(['running', 1000, 30000]);
    const result = {
      output_type: 'execute_result',
      data: { 'text/plain': '1' },
      metadata: {},
      execution_count: 4
    };
    cell.take('output', { index: 1, output: result });
    const outputs = [PRINTED, result];
    cell.take('finished', { status: 'ok', duration_ms: 7, execution_count: 4, outputs });
    expect(shown(cell)).toEqual([{ ...PRINTED, text: 'a\nb\n' }, result]);
    expect({
      state: cell.state,
      status: cell.status,
      durationMs: cell.durationMs,
      beganMs: cell.beganMs,
      count: cell.model.executionCount
    }).toEqual({ state: 'finished', status: 'ok', durationMs: 7, beganMs: null, count: 4 });
  });

  it('replaces and clears what it is told to', () => {
    const cell = cellOf('f()');
    const display = (text: string) => ({
      output_type: 'display_data',
      data: { 'text/plain': text },
      metadata: {}
    });
    cell.take('output', { index: 0, output: display('1') });
    cell.take('output', { index: 0, output: display('2'), replace: true });
    expect(shown(cell)).toEqual([display('2')]);
    cell.take('output', { clear: true });
    expect(shown(cell)).toEqual([]);
  });

  it('passes over what is no output', () => {
    const cell = cellOf('f()');
    for (const output of [
      null,
      7,
      {},
      { output_type: 'stream' },
      { output_type: 'display_data' }
    ]) {
      cell.take('output', { index: 0, output });
    }
    cell.take('unheard of', {});
    expect(shown(cell)).toEqual([]);
  });

  it('shows an error that came with the result alone, and one that was told only once', () => {
    const error = { name: 'SyntaxError', message: 'invalid syntax', traceback: ['here'] };
    const output = {
      output_type: 'error',
      ename: 'SyntaxError',
      evalue: 'invalid syntax',
      traceback: ['here']
    };
    const unheard = cellOf('1 +');
    unheard.take('tool_result', { status: 'error', error, text: 'here' });
    const told = cellOf('1 +');
    told.take('output', { index: 0, output });
    told.take('finished', { status: 'error', error });
    expect([shown(unheard), shown(told)]).toEqual([[output], [output]]);
    expect(unheard.note).toBe('');
  });

  it('that was refused says why', () => {
    const cell = cellOf('rm()');
    cell.take('tool_result', { text: 'The user has refused to run this.', is_error: true });
    expect([cell.status, cell.note]).toEqual(['refused', 'The user has refused to run this.']);
  });

  it('is trusted by a person alone, and only with what it shows', () => {
    const html = { output_type: 'display_data', data: { 'text/html': '<b>' }, metadata: {} };
    const cell = cellOf('f()');
    cell.take('output', { index: 0, output: PRINTED });
    expect(cell.isHeldBack).toBe(false);
    cell.take('output', { index: 1, output: html });
    expect([cell.isHeldBack, cell.model.trusted]).toEqual([true, false]);
    cell.trust();
    expect([cell.isHeldBack, cell.model.outputs.trusted]).toEqual([false, true]);
    cell.begin(0);
    cell.take('output', { index: 0, output: html });
    expect([cell.isHeldBack, cell.model.outputs.trusted]).toEqual([true, false]);
  });
});

/** A service that tells these events of each execution, or fails. */
function service(...events: (Omit<IServerEvent, 'id'> | Error)[]) {
  const asked: unknown[] = [];
  const api = {
    openSession: async (name: string) => {
      asked.push(name);
      return { session_id: 's1' };
    },
    execute: async function* (body: object) {
      asked.push(body);
      for (const event of events) {
        if (event instanceof Error) {
          throw event;
        }
        yield { id: '', ...event };
      }
    }
  };
  const options = { api: api as unknown as IExecutionApi, now: () => 5, name: () => 'typed' };
  return { asked, subject: new Artifact(options) };
}

describe('an artifact', () => {
  it('opens a session with the first cell that is run, and has a draft to go on with', async () => {
    const { asked, subject } = service({ kind: 'finished', data: { status: 'ok' } });
    const [draft] = subject.cells;
    draft?.model.sharedModel.setSource('1');
    await subject.run(draft as ArtifactCell);
    await subject.run(draft as ArtifactCell);
    const body = { code: '1', session_id: 's1' };
    expect(asked).toEqual(['typed', body, body]);
    expect(subject.cells.map(cell => [cell.code, cell.state])).toEqual([
      ['1', 'finished'],
      ['', 'draft']
    ]);
  });

  it('puts what a model runs before the draft', () => {
    const { subject } = service();
    subject.add('1');
    subject.add('2', 'running');
    expect(subject.cells.map(cell => cell.code)).toEqual(['1', '2', '']);
    expect(subject.written.map(cell => cell.code)).toEqual(['1', '2']);
  });

  it('says in the cell why it could not be run', async () => {
    const { subject } = service(new Error('no kernel can be had'));
    await subject.run(subject.add('1'));
    expect(subject.cells.map(({ state, status, note }) => [state, status, note])).toEqual([
      ['finished', 'failed', 'no kernel can be had'],
      ['draft', '', '']
    ]);
  });

  it('never is without a draft', () => {
    const { subject } = service();
    const [draft] = subject.cells;
    subject.remove(draft as ArtifactCell);
    expect(subject.cells.map(cell => cell.state)).toEqual(['draft']);
  });
});

describe('a cell in a notebook', () => {
  it('has its outputs, and lets the cells below it run though it raised', () => {
    const cell = cellOf('1/0');
    cell.begin(0);
    cell.take('finished', {
      status: 'error',
      error: { name: 'ZeroDivisionError', message: 'division by zero', traceback: [] },
      execution_count: 3
    });
    expect(asNotebookCell(cell)).toEqual({
      id: cell.model.id,
      cell_type: 'code',
      source: '1/0',
      execution_count: 3,
      metadata: { tags: ['raises-exception'] },
      outputs: [
        {
          output_type: 'error',
          ename: 'ZeroDivisionError',
          evalue: 'division by zero',
          traceback: []
        }
      ]
    });
  });
});
