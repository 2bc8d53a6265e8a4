import type { NewEntry } from '../entry';
import { MessageLog } from '../log';
import { Selection, type ICriteria } from '../selection';

const END = { reason: '', wasOpen: true, isMeant: false };
const SOME: readonly NewEntry[] = [
  { at: 1, kind: 'opened', clients: ['A'], room: 'blue' },
  { at: 2, kind: 'sent', clients: ['A'], room: 'blue', frames: [], data: 'Hello there' },
  { at: 3, kind: 'received', clients: ['A'], room: 'blue', frames: [], data: '"hello"' },
  { at: 4, kind: 'refused', clients: ['A'], room: 'blue', frames: [], data: '{"error":"no"}' },
  { at: 5, kind: 'closed', clients: ['A'], room: 'blue', ...END, code: 4404, reason: 'x' },
  { at: 6, kind: 'closed', clients: ['B'], room: 'red', ...END, code: 1000 },
  { at: 7, kind: 'closed', clients: ['B'], room: 'red', ...END, code: 1006, wasOpen: false }
];

function ids(selection: Selection): readonly (number | undefined)[] {
  return Array.from({ length: selection.length }, (_, index) => selection.id(index));
}

function chosen(criteria: ICriteria): readonly (number | undefined)[] {
  const log = new MessageLog();
  SOME.forEach(each => log.add(each));
  const selection = new Selection();
  selection.follow(log.view, criteria);
  return ids(selection);
}

describe('the rows that are shown', () => {
  it.each([
    ['all', '', [1, 2, 3, 4, 5, 6, 7]],
    ['sent', '', [2]],
    ['received', '', [3, 4]],
    ['errors', '', [4, 5, 7]],
    ['all', 'HELLO', [2, 3]],
    ['received', 'hello', [3]],
    ['all', '44', [5]],
    ['all', 'red', [6, 7]],
    ['all', 'nowhere', []]
  ] as const)('are those of the filter %s and the search “%s”', (filter, search, wanted) => {
    expect(chosen({ filter, search })).toEqual(wanted);
  });

  it('follow the log as it goes on and drops', () => {
    const log = new MessageLog(4);
    const selection = new Selection();
    for (let round = 0; round < 50; round += 1) {
      SOME.forEach(each => log.add(each));
      selection.follow(log.view, { filter: 'errors', search: '' });
      const kept = log.rows().filter(each => each.kind === 'refused' || each.kind === 'closed');
      const wanted = kept.filter(row => row.kind !== 'closed' || row.code !== 1000);
      expect(ids(selection)).toEqual(wanted.map(each => each.id));
    }
  });

  it('are found by id, or where it would stand', () => {
    const log = new MessageLog();
    SOME.forEach(each => log.add(each));
    const selection = new Selection();
    selection.follow(log.view, { filter: 'errors', search: '' });
    expect([4, 5, 6, 7, 8].map(id => selection.indexOf(id))).toEqual([0, 1, 2, 2, 3]);
  });

  it('start over with other criteria and after a clear', () => {
    const log = new MessageLog();
    const selection = new Selection();
    SOME.forEach(each => log.add(each));
    selection.follow(log.view, { filter: 'sent', search: '' });
    selection.follow(log.view, { filter: 'errors', search: '' });
    expect(ids(selection)).toEqual([4, 5, 7]);
    log.clear();
    selection.follow(log.view, { filter: 'errors', search: '' });
    expect(ids(selection)).toEqual([]);
  });
});
