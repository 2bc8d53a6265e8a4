/**
 * The folder that would be written, beside the one that is there: a tree, and the difference of
 * the file that is chosen in it.
 */
import * as React from 'react';
import { diffLines, fileTree, tellingFolders, treeRows, type ITreeRow } from '../model';
import type { PlannedFile } from '../protocol';
import { Button, DifferenceLines, bytesText, type IViewContext } from '../view';
import type { IPlanProps } from './props';
import { CHANGE_GLYPHS, changeText, tallyText } from './wording';

/** Tree and difference. */
export function Files({ plan, view }: IPlanProps): JSX.Element {
  const { trans } = view;
  // Files that stay as they are say little: they are folded away.
  const same = plan.files.filter(each => each.change === 'same').length;
  const [isWhole, setWhole] = React.useState(false);
  const listed = React.useMemo(
    () => plan.files.filter(each => isWhole || each.change !== 'same'),
    [plan.files, isWhole]
  );
  const nodes = React.useMemo(() => fileTree(listed), [listed]);
  const first = React.useMemo(() => new Set(tellingFolders(nodes)), [nodes]);
  // What the user opened and closed holds over later plans.
  const [toggled, setToggled] = React.useState<ReadonlyMap<string, boolean>>(new Map());
  const [chosen, setChosen] = React.useState('');
  const isOpen = (path: string): boolean => toggled.get(path) ?? first.has(path);
  const open = new Set(
    nodes.length > 0 ? [...first, ...toggled.keys()].filter(path => isOpen(path)) : []
  );
  const rows = treeRows(nodes, open);
  const file = listed.find(each => each.path === chosen);
  const press = (row: ITreeRow): void => {
    const { path, file: leaf } = row.node;
    if (leaf) {
      setChosen(path === chosen ? '' : path);
    } else {
      setToggled(new Map(toggled).set(path, !isOpen(path)));
    }
  };
  return (
    <>
      {rows.length > 0 ? (
        <FileTree rows={rows} open={open} chosen={chosen} press={press} view={view} />
      ) : (
        <p className="nl-Hint">{trans.__('The folder is as an export would write it.')}</p>
      )}
      {same > 0 ? (
        <Button look="quiet" aria-expanded={isWhole} onClick={() => setWhole(!isWhole)}>
          {isWhole
            ? trans.__('Hide what stays as it is')
            : trans._n(
                'Show 1 file that stays as it is',
                'Show %1 files that stay as they are',
                same
              )}
        </Button>
      ) : null}
      {file ? (
        <Difference file={file} view={view} />
      ) : rows.length === 0 ? null : (
        <p className="nl-Hint">{trans.__('Choose a changed file to see its difference.')}</p>
      )}
    </>
  );
}

function FileTree(props: {
  readonly rows: readonly ITreeRow[];
  readonly open: ReadonlySet<string>;
  readonly chosen: string;
  readonly press: (row: ITreeRow) => void;
  readonly view: IViewContext;
}): JSX.Element {
  const { rows, open, chosen, press, view } = props;
  const { trans } = view;
  const node = React.useRef<HTMLDivElement>(null);
  const [stop, setStop] = React.useState('');
  const stopAt = rows.some(row => row.node.path === stop) ? stop : (rows[0]?.node.path ?? '');
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const index = rows.findIndex(row => row.node.path === stopAt);
    const move = destination(event.key, rows, index, open);
    if (move === null) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    const row = rows[index];
    if (move === 'press' && row) {
      press(row);
    } else if (typeof move === 'number') {
      node.current?.querySelectorAll<HTMLElement>('[role=treeitem]')[move]?.focus();
    }
  };
  return (
    <div
      ref={node}
      role="tree"
      className="nl-FileTree"
      aria-label={trans.__('Files of the export')}
      onKeyDown={onKeyDown}
    >
      {rows.map(row => (
        <FileRow
          key={row.node.path}
          row={row}
          isOpen={open.has(row.node.path)}
          isChosen={row.node.path === chosen}
          isStop={row.node.path === stopAt}
          onReach={() => setStop(row.node.path)}
          onPress={() => press(row)}
          view={view}
        />
      ))}
    </div>
  );
}

/** The row to go to, `press` for the one at hand, or null where the key is not for the tree. */
type TreeMove = number | 'press' | null;

/** Where a key of a tree goes from a row among those in view. */
function destination(
  key: string,
  rows: readonly ITreeRow[],
  from: number,
  open: ReadonlySet<string>
): TreeMove {
  const row = rows[from];
  if (!row) {
    return null;
  }
  const { node, parent } = row;
  const isFolder = node.file === null;
  const isOpen = open.has(node.path);
  switch (key) {
    case 'ArrowDown':
      return Math.min(from + 1, rows.length - 1);
    case 'ArrowUp':
      return Math.max(from - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return rows.length - 1;
    case 'Enter':
    case ' ':
      return 'press';
    case 'ArrowRight':
      return isFolder ? (isOpen ? from + 1 : 'press') : from;
    case 'ArrowLeft':
      if (isFolder && isOpen) {
        return 'press';
      }
      return parent === null ? from : rows.findIndex(each => each.node.path === parent);
    default:
      return null;
  }
}

function FileRow(props: {
  readonly row: ITreeRow;
  readonly isOpen: boolean;
  readonly isChosen: boolean;
  readonly isStop: boolean;
  readonly onReach: () => void;
  readonly onPress: () => void;
  readonly view: IViewContext;
}): JSX.Element {
  const { row, isOpen, isChosen, isStop, onReach, onPress, view } = props;
  const { trans } = view;
  const { node, position, siblings } = row;
  const { file } = node;
  return (
    <div
      role="treeitem"
      className="nl-FileRow"
      tabIndex={isStop ? 0 : -1}
      aria-level={node.level}
      aria-posinset={position}
      aria-setsize={siblings}
      aria-expanded={file ? undefined : isOpen}
      aria-selected={isChosen}
      data-change={file?.change}
      style={{ paddingInlineStart: `${node.level * 16 - 8}px` }}
      onFocus={onReach}
      onClick={onPress}
    >
      <span className="nl-FileRow-glyph" aria-hidden="true">
        {file ? CHANGE_GLYPHS[file.change] : isOpen ? '▾' : '▸'}
      </span>
      <span className="nl-FileRow-name">{file ? node.name : `${node.name}/`}</span>
      <span className="nl-FileRow-size">{file ? bytesText(file.size, trans) : ''}</span>
      <span className="nl-FileRow-change">
        {file ? changeText(file.change, trans) : tallyText(node.tally, trans)}
      </span>
    </div>
  );
}

function Difference(props: {
  readonly file: PlannedFile;
  readonly view: IViewContext;
}): JSX.Element {
  const { file, view } = props;
  const { trans } = view;
  if (!file.diff) {
    return <p className="nl-Hint">{absence(file, view)}</p>;
  }
  return (
    <DifferenceLines lines={diffLines(file.diff)} label={trans.__('Difference of %1', file.path)} />
  );
}

function absence({ path, change }: PlannedFile, { trans }: IViewContext): string {
  switch (change) {
    case 'new':
      return trans.__('%1 is not in the folder yet.', path);
    case 'changed':
      return trans.__('%1 changes; it is no text, or too long to compare.', path);
    case 'same':
      return trans.__('%1 stays as it is.', path);
    case 'removed':
      return trans.__('%1 was written by an earlier export and is not needed any more.', path);
    case 'kept':
      return trans.__('%1 is yours and is left alone.', path);
  }
}
