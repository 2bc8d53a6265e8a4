/**
 * What the parts of the pane are given.
 */
import type { IViewContext } from '../view';
import type { Drafting } from './drafting';

/** The draft to show. */
export interface IDraftProps {
  readonly view: IViewContext;
  readonly drafting: Drafting;
}

/** What is done with a candidate beyond its draft. */
export interface IGenerateActions {
  /** Write it, and let the stream take it over where the notebook is served. */
  readonly accept: () => Promise<void>;
  /** Write it, and go there. */
  readonly edit: () => Promise<void>;
}
