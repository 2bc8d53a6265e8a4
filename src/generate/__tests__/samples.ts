/**
 * A server part that answers as it is told, and a cell to draft for.
 */
import type { IDraftsApi, IServerEvent } from '../../api';
import type { DraftCandidate, DraftPreview, DraftRequest, DraftRow } from '../../protocol';
import { Drafting, type IKept } from '../drafting';

export const BEFORE = '"""\n@STREAM /spread\nsource: sim:random-walk\ndescribe: the spread\n"""';
export const AFTER = `${BEFORE}\ndef spread(value):\n    return value\n`;
export const METADATA = { neutrino_lab: { generated: { hash: 'h1', words: 'the spread' } } };

export type Told = readonly [kind: string, data: object] | Error;

export function preview(changes: Partial<DraftPreview> = {}): DraftPreview {
  return {
    id: 'p1',
    words: 'the spread',
    values: '{"price": "float"}',
    values_count: 20,
    model: 'written-by-hand',
    host: '127.0.0.1',
    ...changes
  };
}

export function row(changes: Partial<DraftRow> = {}): DraftRow {
  const texts = { value: '1.5', outputs: '1.5', before: '', state: '', error: '' };
  return { kind: 'recent', ...texts, took_ms: 0.2, ...changes };
}

export function candidate(changes: Partial<DraftCandidate> = {}): DraftCandidate {
  return {
    id: 'd1',
    words: 'the spread',
    kind: 'STREAM',
    shape: 'map',
    is_sandboxed: true,
    name: 'spread',
    code: 'def spread(value):\n    return value\n',
    cell: AFTER,
    before: BEFORE,
    builtin: '',
    notes: 'Gives `value` as it is.',
    is_sound: true,
    checks: [
      { name: 'python', status: 'passed', message: '' },
      { name: 'growth', status: 'skipped', message: '' }
    ],
    rows: [row()],
    values_count: 1,
    median_us: 12,
    sandbox: 'bubblewrap',
    rounds: 1,
    model: 'written-by-hand',
    host: '127.0.0.1',
    prompt_tokens: 1200,
    completion_tokens: 40,
    sent: [{ round: 1, messages: [{ role: 'user', content: 'What it has to do: the spread' }] }],
    ...changes
  };
}

/** A promise, and what settles it. */
export class Later<T> {
  readonly promise = new Promise<T>((resolve, reject) => {
    this.give = resolve;
    this.fail = reject;
  });
  give!: (value: T) => void;
  fail!: (error: Error) => void;
}

/** The draft of a cell, and a server whose drafts tell these events, one list after the other. */
export function build(given: {
  readonly drafts?: readonly (readonly Told[])[];
  readonly api?: Partial<IDraftsApi>;
}) {
  const drafts = [...(given.drafts ?? [])];
  const asked: [string, unknown][] = [];
  const ids = drafts.map((_, index) => `d${index + 1}`);
  async function* events(): AsyncGenerator<IServerEvent> {
    for (const each of drafts.shift() ?? []) {
      if (each instanceof Error) {
        throw each;
      }
      yield { id: '', kind: each[0], data: { ...each[1] } };
    }
  }
  const api: IDraftsApi = {
    preview: async request => {
      asked.push(['preview', told(request)]);
      return preview({ words: request.words || 'the spread' });
    },
    begin: async request => {
      asked.push(['begin', told(request)]);
      return { id: ids.shift() ?? 'd9' };
    },
    follow: id => {
      asked.push(['follow', id]);
      return events();
    },
    accept: async id => {
      asked.push(['accept', id]);
      return { source: AFTER.trimEnd(), metadata: METADATA };
    },
    discard: async id => void asked.push(['discard', id]),
    ...given.api
  };
  const cell = { source: BEFORE as string | null, metadata: {} as object };
  const kept: (IKept | null)[] = [];
  const subject = new Drafting({
    api,
    cellId: 'c1',
    document: () => ({ path: 'a.ipynb', cells: [] }),
    requests: () => [{ query: { n: 1 } }],
    servedId: () => 's1',
    source: () => cell.source,
    write: (before, source, metadata) => {
      const isDone = cell.source === before;
      if (isDone) {
        Object.assign(cell, { source, metadata });
      }
      return isDone;
    }
  });
  subject.keptChanged.connect((_, next) => void kept.push(next));
  return { subject, asked, cell, kept };
}

/** What differs from request to request. */
function told(request: DraftRequest): object {
  const { path, cells, cell_id, served_id, requests, ...rest } = request;
  expect([path, cells, cell_id, served_id]).toEqual(['a.ipynb', [], 'c1', 's1']);
  expect(requests).toEqual([{ query: { n: 1 } }]);
  return rest;
}
