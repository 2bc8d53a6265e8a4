/**
 * A toolbar with one tab stop: arrows move inside, Escape leaves.
 */
import * as React from 'react';
import { useCollapse } from './collapse';

const TARGETS = 'button:not([disabled])';

/** Buttons that are one stop of the tab key, on one line. */
export function Toolbar(props: {
  readonly label: string;
  readonly className: string;
  /** What Escape does; left out where it is for somebody else. */
  readonly onLeave?: () => void;
  readonly children: React.ReactNode;
}): JSX.Element {
  const node = React.useRef<HTMLDivElement>(null);
  const stop = React.useRef(0);
  const settle = (): void => rove(targets(node.current), stop.current);
  useCollapse(node, settle);
  // Buttons come and go with the state; whichever is left keeps the one stop.
  React.useLayoutEffect(settle);
  const onFocus = (event: React.FocusEvent): void => {
    const all = targets(node.current);
    const index = all.indexOf(event.target as HTMLElement);
    if (index >= 0) {
      stop.current = index;
      rove(all, index);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const all = targets(node.current);
    const next = destination(event.key, all.indexOf(event.target as HTMLElement), all.length);
    if (event.key === 'Escape' && props.onLeave) {
      props.onLeave();
    } else if (next === null) {
      return;
    } else {
      all[next]?.focus();
    }
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={node}
      role="toolbar"
      aria-label={props.label}
      className={props.className}
      onFocus={onFocus}
      onKeyDown={onKeyDown}
    >
      {props.children}
    </div>
  );
}

/** Where a key goes from a place among so many; null where it is not for the toolbar. */
export function destination(key: string, from: number, count: number): number | null {
  if (from < 0 || count === 0) {
    return null;
  }
  switch (key) {
    case 'ArrowRight':
      return (from + 1) % count;
    case 'ArrowLeft':
      return (from + count - 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}

function targets(node: HTMLElement | null): HTMLElement[] {
  const all = Array.from(node?.querySelectorAll<HTMLElement>(TARGETS) ?? []);
  return all.filter(each => !each.closest('[hidden]'));
}

function rove(all: readonly HTMLElement[], stop: number): void {
  const reached = Math.min(stop, all.length - 1);
  all.forEach((each, index) => {
    each.tabIndex = index === reached ? 0 : -1;
  });
}
