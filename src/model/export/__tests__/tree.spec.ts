import type { PlannedFile } from '../../../protocol';
import { diffLines } from '../../preview/text';
import { fileTree, tellingFolders, tally, treeRows, type Change } from '../tree';

const file = (path: string, change: Change = 'same'): PlannedFile => ({
  path,
  size: 1,
  change,
  diff: ''
});

const FILES = [
  file('main.py', 'changed'),
  file('runtime/http.py'),
  file('runtime/app.py'),
  file('cells/a/one.py', 'new'),
  file('cells/zero.py'),
  file('.env', 'kept')
];

describe('the tree of an export', () => {
  it('puts folders first and counts what is in them', () => {
    const nodes = fileTree(FILES);
    expect(nodes.map(each => each.name)).toEqual(['cells', 'runtime', '.env', 'main.py']);
    expect([nodes[0]?.tally, nodes[1]?.tally]).toEqual([
      { new: 1, changed: 0, same: 1, removed: 0, kept: 0 },
      { new: 0, changed: 0, same: 2, removed: 0, kept: 0 }
    ]);
    expect(tally(FILES)).toEqual({ new: 1, changed: 1, same: 3, removed: 0, kept: 1 });
  });

  it('opens the folders in which files change, or only some are new', () => {
    const nodes = fileTree(FILES);
    const open = tellingFolders(nodes);
    expect(open).toEqual(['cells']);
    expect(tellingFolders(fileTree([file('a/b/c', 'changed'), file('d/e')]))).toEqual(['a', 'a/b']);
    expect(
      treeRows(nodes, new Set(open)).map(({ node, position, siblings, parent }) => [
        node.path,
        node.level,
        position,
        siblings,
        parent
      ])
    ).toEqual([
      ['cells', 1, 1, 4, null],
      ['cells/a', 2, 1, 2, 'cells'],
      ['cells/zero.py', 2, 2, 2, 'cells'],
      ['runtime', 1, 2, 4, null],
      ['.env', 1, 3, 4, null],
      ['main.py', 1, 4, 4, null]
    ]);
  });

  it('is empty without files', () => {
    expect(fileTree([])).toEqual([]);
  });
});

describe('a diff', () => {
  it('is told line by line, without the names of the file', () => {
    const diff = '--- a/main.py\n+++ b/main.py\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n';
    expect(diffLines(diff)).toEqual([
      { kind: 'place', text: '@@ -1,2 +1,2 @@' },
      { kind: 'same', text: 'same' },
      { kind: 'removed', text: 'old' },
      { kind: 'added', text: 'new' }
    ]);
  });
});
