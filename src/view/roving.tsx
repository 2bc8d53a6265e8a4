/**
 * A list with one tab stop: arrows go from row to row, and along the controls of a row.
 */
import * as React from 'react';

const ROWS = ':scope > li';
const TARGETS = 'button:not([disabled]), input:not([disabled])';

/** Rows (`li`) whose controls are one stop of the tab key. */
export function List(props: {
  readonly label: string;
  readonly className?: string;
  readonly children: React.ReactNode;
}): JSX.Element {
  const { label, className = '', children } = props;
  const node = React.useRef<HTMLUListElement>(null);
  const stop = React.useRef<HTMLElement | null>(null);
  // Rows come and go; the one stop stays where it was, or goes to the first that is left.
  React.useLayoutEffect(() => {
    stop.current = rove(rows(node.current), stop.current);
  });
  const onFocus = (event: React.FocusEvent): void => {
    stop.current = rove(rows(node.current), event.target as HTMLElement);
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const all = rows(node.current);
    const from = positionOf(all, event.target);
    const to =
      from &&
      neighbour(
        event.key,
        from,
        all.map(row => row.length)
      );
    const target = to && all[to.row]?.[to.column];
    if (target) {
      event.preventDefault();
      event.stopPropagation();
      target.focus();
    }
  };
  return (
    <ul
      ref={node}
      role="list"
      aria-label={label}
      className={`nl-List ${className}`}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      {children}
    </ul>
  );
}

/** A control, by row and column. */
export interface IPosition {
  readonly row: number;
  readonly column: number;
}

/** Where a key goes among rows of so many controls; null where it stays. */
export function neighbour(
  key: string,
  from: IPosition,
  widths: readonly number[]
): IPosition | null {
  const { row, column } = from;
  const last = widths.length - 1;
  const to = (next: number): IPosition | null => {
    const width = widths[next] ?? 0;
    return width > 0 ? { row: next, column: Math.min(column, width - 1) } : null;
  };
  const along = (next: number): IPosition | null =>
    next >= 0 && next < (widths[row] ?? 0) ? { row, column: next } : null;
  switch (key) {
    case 'ArrowDown':
      return row < last ? to(row + 1) : null;
    case 'ArrowUp':
      return row > 0 ? to(row - 1) : null;
    case 'ArrowRight':
      return along(column + 1);
    case 'ArrowLeft':
      return along(column - 1);
    case 'Home':
      return row > 0 ? to(0) : null;
    case 'End':
      return row < last ? to(last) : null;
    default:
      return null;
  }
}

function rows(node: HTMLElement | null): readonly (readonly HTMLElement[])[] {
  return Array.from(node?.querySelectorAll(ROWS) ?? [], row =>
    Array.from(row.querySelectorAll<HTMLElement>(TARGETS))
  ).filter(row => row.length > 0);
}

function positionOf(
  all: readonly (readonly HTMLElement[])[],
  target: EventTarget
): IPosition | null {
  const row = all.findIndex(each => each.includes(target as HTMLElement));
  const column = all[row]?.indexOf(target as HTMLElement);
  return column === undefined ? null : { row, column };
}

function rove(
  all: readonly (readonly HTMLElement[])[],
  wanted: HTMLElement | null
): HTMLElement | null {
  const targets = all.flat();
  const stop = wanted && targets.includes(wanted) ? wanted : (targets[0] ?? null);
  targets.forEach(each => (each.tabIndex = each === stop ? 0 : -1));
  return stop;
}
