/**
 * A list of any length of which only the rows in view are drawn.
 *
 * All rows have one height, so their places are arithmetic. (The libraries for this measure rows of
 * any height, which costs most when thousands of them come and go.)
 */
import * as React from 'react';
import { useRedraw } from '../../../view/signals';

const ROW_HEIGHT_PX = 24;
const OVERSCAN = 4;

/** What a list shows: rows by their place, each with an id that stays. */
export interface IListProps {
  readonly label: string;
  readonly length: number;
  /** The id of the row at a place, and the place of an id or of the next one there is. */
  readonly idAt: (index: number) => number | undefined;
  readonly indexOf: (id: number) => number;
  readonly row: (id: number) => React.ReactNode;
  readonly chosen: number | null;
  readonly onChoose: (id: number | null) => void;
}

/** Where it stands: at the end, or with a row at its upper edge. */
interface IScroll {
  readonly isAtEnd: boolean;
  readonly id: number;
  readonly offset: number;
}

/** It stays at the end while it is there; elsewhere what is read stays where it is. */
export function List(props: IListProps): JSX.Element {
  const { label, length, idAt, indexOf, row, chosen, onChoose } = props;
  const node = React.useRef<HTMLDivElement>(null);
  const scroll = React.useRef<IScroll>({ isAtEnd: true, id: 0, offset: 0 });
  const [height, setHeight] = React.useState(0);
  const redraw = useRedraw();
  const base = React.useId();

  const longest = Math.max(0, length * ROW_HEIGHT_PX - height);
  const top = scroll.current.isAtEnd
    ? longest
    : Math.min(longest, indexOf(scroll.current.id) * ROW_HEIGHT_PX + scroll.current.offset);
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT_PX) - OVERSCAN);
  const last = Math.min(length, Math.ceil((top + height) / ROW_HEIGHT_PX) + OVERSCAN);
  const ids = Array.from({ length: height > 0 ? last - first : 0 }, (_, index) =>
    idAt(first + index)
  ).filter(id => id !== undefined);

  React.useLayoutEffect(() => {
    const list = node.current;
    if (list && height > 0 && Math.abs(list.scrollTop - top) >= 1) {
      list.scrollTop = top;
    }
  });
  React.useEffect(() => {
    const list = node.current;
    if (!list) {
      return;
    }
    const observer = new ResizeObserver(() => setHeight(list.clientHeight));
    observer.observe(list);
    return () => observer.disconnect();
  }, []);

  const stand = (scrollTop: number, most: number): void => {
    const index = Math.floor(scrollTop / ROW_HEIGHT_PX);
    scroll.current = {
      isAtEnd: scrollTop >= most - ROW_HEIGHT_PX / 2,
      id: idAt(index) ?? 0,
      offset: scrollTop - index * ROW_HEIGHT_PX
    };
    redraw();
  };
  const onScroll = (): void => {
    const list = node.current;
    // What is hidden has no height and emits scroll events.
    if (list && list.clientHeight > 0 && Math.abs(list.scrollTop - top) >= 1) {
      // A list that has become taller is scrolled back by the browser before it is measured here.
      stand(list.scrollTop, list.scrollHeight - list.clientHeight);
    }
  };
  const choose = (index: number): void => {
    const id = idAt(Math.max(0, Math.min(length - 1, index)));
    if (id === undefined) {
      return;
    }
    const at = indexOf(id) * ROW_HEIGHT_PX;
    if (at < top || at + ROW_HEIGHT_PX > top + height) {
      stand(Math.min(longest, at < top ? at : at + ROW_HEIGHT_PX - height), longest);
    }
    onChoose(id);
  };
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(height / ROW_HEIGHT_PX) - 1);
    const from = chosen === null ? length : indexOf(chosen);
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: from + 1,
      ArrowUp: from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: length - 1
    };
    const step = steps[event.key];
    if (event.key === 'Escape' && chosen !== null) {
      onChoose(null);
    } else if (step === undefined) {
      return;
    } else {
      choose(step);
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const isShown = chosen !== null && ids.includes(chosen);
  return (
    <div
      ref={node}
      className="nl-Log-list"
      role="listbox"
      aria-label={label}
      aria-activedescendant={isShown ? `${base}${chosen}` : undefined}
      tabIndex={0}
      onScroll={onScroll}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ height: length * ROW_HEIGHT_PX }}>
        {ids.map((id, index) => (
          <div
            key={id}
            id={`${base}${id}`}
            role="option"
            aria-selected={id === chosen}
            aria-posinset={first + index + 1}
            aria-setsize={length}
            className="nl-Log-row"
            style={{ transform: `translateY(${(first + index) * ROW_HEIGHT_PX}px)` }}
            onClick={() => onChoose(id === chosen ? null : id)}
          >
            {row(id)}
          </div>
        ))}
      </div>
    </div>
  );
}
