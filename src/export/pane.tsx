/**
 * The pane beside a notebook from which it is exported.
 */
import { MainAreaWidget } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { ExportSession, NotebookState } from '../model';
import {
  Boundary,
  Button,
  logoIcon,
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
export class ExportPane extends MainAreaWidget<ReactWidget> {
  constructor(
    readonly view: IViewContext,
    readonly state: NotebookState,
    readonly session: ExportSession,
    actions: ExportActions,
    collapsed: CollapsedSections
  ) {
    const body = ReactWidget.create(
      <PaneBody
        view={view}
        state={state}
        session={session}
        actions={actions}
        collapsed={collapsed}
      />
    );
    body.addClass('nl-Export');
    super({ content: body });
    this.addClass('nl-ExportPane');
    this.toolbar.hide();
    this.title.icon = logoIcon;
    this.title.closable = true;
    state.changed.connect(this._name, this);
    this._watch = session.watch();
    this._name();
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this._watch.dispose();
    }
    super.dispose();
  }

  /** Put the focus on the first thing to fill in. */
  focusFirst(): void {
    this.content.node.querySelector<HTMLElement>(FIRST)?.focus();
  }

  private _name(): void {
    const { trans } = this.view;
    const { path } = this.state.snapshot;
    const name = PathExt.basename(path);
    this.title.label = trans.__('Export %1', name);
    this.title.caption = trans.__('Export %1 to Docker', path);
    this.content.node.setAttribute('role', 'region');
    this.content.node.setAttribute('aria-label', trans.__('Export %1 to Docker', name));
  }

  private readonly _watch: { dispose(): void };
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
