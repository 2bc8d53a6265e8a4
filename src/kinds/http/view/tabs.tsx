/**
 * Views of the same thing, one at a time: arrows move between their names.
 */
import * as React from 'react';
import { destination } from '../../../view';

/** One of the views. */
interface ITab {
  readonly id: string;
  readonly title: string;
  readonly count?: number;
}

/** A row of names and, below, the chosen view. */
export function Tabs(props: {
  readonly label: string;
  readonly tabs: readonly ITab[];
  readonly chosen: string;
  readonly onChoose: (id: string) => void;
  /** What stands at the end of the row. */
  readonly after?: React.ReactNode;
  readonly before?: React.ReactNode;
  readonly children: React.ReactNode;
}): JSX.Element {
  const { label, tabs, chosen, onChoose, before, after, children } = props;
  const prefix = React.useId();
  const list = React.useRef<HTMLDivElement>(null);
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const from = tabs.findIndex(each => each.id === chosen);
    const next = destination(event.key, from, tabs.length);
    const target = next === null ? undefined : tabs[next];
    if (target && next !== null) {
      event.preventDefault();
      onChoose(target.id);
      list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
    }
  };
  return (
    <>
      <div className="nl-Tabs">
        {before}
        <div
          ref={list}
          className="nl-Tabs-list"
          role="tablist"
          aria-label={label}
          onKeyDown={onKeyDown}
        >
          {tabs.map(({ id, title, count }) => (
            <button
              key={id}
              id={`${prefix}-${id}`}
              type="button"
              role="tab"
              className="nl-Tabs-tab"
              aria-selected={id === chosen}
              aria-controls={`${prefix}-panel`}
              tabIndex={id === chosen ? 0 : -1}
              onClick={() => onChoose(id)}
            >
              {title}
              {count ? <span className="nl-Tabs-count">{count}</span> : null}
            </button>
          ))}
        </div>
        <span className="nl-PreviewHead-space" />
        {after}
      </div>
      <div
        className="nl-Tabs-panel"
        id={`${prefix}-panel`}
        role="tabpanel"
        aria-labelledby={`${prefix}-${chosen}`}
      >
        {children}
      </div>
    </>
  );
}
