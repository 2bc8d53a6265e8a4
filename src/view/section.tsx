/**
 * One fold of a panel or pane: a heading that opens and closes what is below it.
 */
import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { CollapsedSections } from './collapsed';

/** One fold, drawn from `P`: a row of the table of its panel or pane. */
export interface ISection<P> {
  readonly id: string;
  title(props: P, trans: TranslationBundle): string;
  /** Whether it has anything to say; left out where it always has. */
  isShown?(props: P): boolean;
  body(props: P): JSX.Element;
}

/** A heading, and what it is over. */
export function Section(props: {
  readonly id: string;
  readonly title: string;
  readonly collapsed: CollapsedSections;
  readonly children: React.ReactNode;
}): JSX.Element {
  const { id, title, collapsed, children } = props;
  const isOpen = !collapsed.ids.has(id);
  const bodyId = React.useId();
  const Caret = isOpen ? caretDownIcon : caretRightIcon;
  return (
    <section className="nl-Section" data-section={id} aria-label={title}>
      <h3 className="nl-Section-title">
        <button
          type="button"
          className="nl-Section-toggle"
          aria-expanded={isOpen}
          aria-controls={bodyId}
          onClick={() => collapsed.toggle(id)}
        >
          <Caret.react tag="span" className="nl-Section-caret" aria-hidden="true" />
          {title}
        </button>
      </h3>
      <div id={bodyId} className="nl-Section-body" hidden={!isOpen}>
        {isOpen ? children : null}
      </div>
    </section>
  );
}
