/**
 * The pane beside a notebook from which it is exported.
 */
import { PathExt } from '@jupyterlab/coreutils';
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { ExportSession, NotebookState } from '../model';
import {
  Boundary,
  Button,
  Pane,
  useSignals,
  type CollapsedSections,
  type IViewContext
} from '../view';
import type { ExportActions } from './actions';
import { Bar } from './bar';
import { Options } from './options';
import { Sections } from './sections';

/** What takes the focus when the pane is opened. */
const FIRST = '.nl-ExportOptions input';

/** The export of one notebook. */
export class ExportPane extends Pane {
  constructor(
    view: IViewContext,
    state: NotebookState,
    session: ExportSession,
    actions: ExportActions,
    collapsed: CollapsedSections
  ) {
    const given = { view, state, session, actions, collapsed };
    super({
      view,
      subject: state,
      state,
      key: () => state.snapshot.path,
      className: 'nl-Export',
      element: <PaneBody {...given} />,
      name: () => nameOf(view, state),
      renamed: [state.changed]
    });
    const watch = session.watch();
    this.disposed.connect(watch.dispose, watch);
  }

  /** Put the focus on the first thing to fill in. */
  focusFirst(): void {
    this.content.node.querySelector<HTMLElement>(FIRST)?.focus();
  }
}

function nameOf({ trans }: IViewContext, { snapshot }: NotebookState): Pane.IName {
  const { path } = snapshot;
  const name = PathExt.basename(path);
  return {
    label: trans.__('Export %1', name),
    caption: trans.__('Export %1 to Docker', path),
    description: trans.__('Export %1 to Docker', name)
  };
}

function PaneBody(props: {
  readonly view: IViewContext;
  readonly state: NotebookState;
  readonly session: ExportSession;
  readonly actions: ExportActions;
  readonly collapsed: CollapsedSections;
}): JSX.Element {
  const { view, state, session, actions, collapsed } = props;
  const { commands } = view;
  useSignals(state.changed, session.changed);
  const { path } = state.snapshot;
  const goTo = (cellId: string, line?: number): void =>
    void invoke(commands, CommandIDs.reveal, { cellId, line, path });
  const onKeyDown = (event: React.KeyboardEvent): void => {
    if (event.key !== 'Escape' || event.defaultPrevented) {
      return;
    }
    event.preventDefault();
    actions.leave();
  };
  const given = { session, view, collapsed, goTo };
  return (
    <div className="nl-Export-frame" onKeyDown={onKeyDown}>
      <Bar session={session} actions={actions} view={view} />
      <div className="nl-Export-scroll">
        <Options {...given} />
        {session.isUnsaved ? <Unsaved path={path} view={view} /> : null}
        <Boundary view={view} subject={path}>
          <Sections {...given} />
        </Boundary>
      </div>
    </div>
  );
}

function Unsaved(props: { readonly path: string; readonly view: IViewContext }): JSX.Element {
  const { commands, trans } = props.view;
  return (
    <div className="nl-Banner nl-Export-unsaved">
      <span>
        {trans.__('The notebook has edits that are not saved. What is saved is exported.')}
      </span>
      <Button onClick={() => void invoke(commands, CommandIDs.save, { path: props.path })}>
        {trans.__('Save')}
      </Button>
    </div>
  );
}
