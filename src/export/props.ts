/**
 * What the parts of the pane are given.
 */
import type { ExportSession } from '../model';
import type { ExportPlan } from '../protocol';
import type { CollapsedSections, GoTo, IViewContext } from '../view';

/** The session, what of it is folded, and how to get to a cell. */
export interface IExportProps {
  readonly session: ExportSession;
  readonly view: IViewContext;
  readonly collapsed: CollapsedSections;
  readonly goTo: GoTo;
}

/** Parts that there is a plan for. */
export interface IPlanProps extends IExportProps {
  readonly plan: ExportPlan;
}
