/**
 * The folds of a panel or pane: headings that open and close what is below them. Which are closed is
 * kept for the next visit where there is a place to keep it.
 */
import type { IStateDB } from '@jupyterlab/statedb';
import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownIcon, caretRightIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { Observable } from '../observable';

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

/** The folded sections, by id. */
export class CollapsedSections extends Observable {
  /** `key` is where they are kept. */
  constructor(
    private readonly _storage: IStateDB | null,
    private readonly _key: string
  ) {
    super();
    void this._restore();
  }

  get ids(): ReadonlySet<string> {
    return this._folded;
  }

  toggle(id: string): void {
    const ids = new Set(this._folded);
    if (!ids.delete(id)) {
      ids.add(id);
    }
    this._folded = ids;
    void this._storage?.save(this._key, [...ids]);
    this._changed.emit();
  }

  private async _restore(): Promise<void> {
    const kept = await this._storage?.fetch(this._key);
    if (Array.isArray(kept)) {
      this._folded = new Set(kept.map(String));
      this._changed.emit();
    }
  }

  private _folded: ReadonlySet<string> = new Set();
}
