/**
 * A row that stays on one line: parts that do not fit are taken out, the least important first.
 */
import * as React from 'react';

/** How important a part is, in `data-rank`: the lowest is taken out first; without one it stays. */
const PARTS = '[data-rank]';

/** Take out as many parts as it needs for the row not to be wider than its place. */
export function collapse(row: HTMLElement): void {
  const parts = [...row.querySelectorAll<HTMLElement>(PARTS)].sort((a, b) => rank(a) - rank(b));
  const focused = document.activeElement;
  parts.forEach(part => (part.hidden = false));
  for (const part of parts) {
    if (row.scrollWidth <= row.clientWidth) {
      break;
    }
    part.hidden = true;
  }
  if (focused instanceof HTMLElement && row.contains(focused) && focused.closest('[hidden]')) {
    // What stays at the end offers the same.
    [...row.querySelectorAll<HTMLElement>('button')].pop()?.focus();
  }
}

/** Collapse a row whenever its width or what it says has changed; `after` is called then. */
export function useCollapse(row: React.RefObject<HTMLElement>, after: () => void): void {
  const width = React.useRef(0);
  const known = React.useRef('');
  const look = (): void => {
    const node = row.current;
    // Measuring costs a layout, so it is left out where nothing can have changed.
    const now = `${width.current} ${node?.textContent ?? ''}`;
    if (node && width.current > 0 && now !== known.current) {
      known.current = now;
      collapse(node);
      after();
    }
  };
  React.useLayoutEffect(look);
  React.useEffect(() => {
    const node = row.current;
    if (!node) {
      return;
    }
    const observer = new ResizeObserver(entries => {
      width.current = entries[entries.length - 1]?.contentRect.width ?? 0;
      look();
    });
    observer.observe(node);
    return () => observer.disconnect();
  }, []);
}

function rank(part: HTMLElement): number {
  return Number(part.dataset.rank);
}
