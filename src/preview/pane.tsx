/**
 * The pane beside a notebook in which its endpoints are tried.
 */
import { PathExt } from '@jupyterlab/coreutils';
import * as React from 'react';
import { CommandIDs, invoke } from '../commandids';
import type { NotebookState } from '../model';
import type { PreviewSession } from '../model/preview';
import { Boundary, Pane, focusWhenDrawn, useSignals, type IViewContext } from '../view';
import { Header } from './header';

/** What takes the focus where nothing is to be filled in. */
const ANY = '.nl-Preview-body input, .nl-Preview-body button, select';

/** The preview of one notebook. */
export class PreviewPane extends Pane {
  constructor(
    view: IViewContext,
    state: NotebookState,
    readonly session: PreviewSession
  ) {
    super({
      view,
      subject: state,
      state,
      key: () => state.snapshot.path,
      className: 'nl-Preview',
      element: <PaneBody view={view} state={state} session={session} />,
      name: () => nameOf(view, state, session),
      renamed: [session.changed, state.changed]
    });
  }

  /** Put the focus on the first thing to fill in or, where there is none, to press. */
  async focusForm(): Promise<void> {
    if (!(await focusWhenDrawn(this.node))) {
      this.node.querySelector<HTMLElement>(ANY)?.focus();
    }
  }
}

function nameOf(
  { kinds, trans }: IViewContext,
  { snapshot }: NotebookState,
  { key, row }: PreviewSession
): Pane.IName {
  const { path } = snapshot;
  return {
    label: row ? kinds.text(row.endpoint) : key || trans.__('Preview'),
    caption: trans.__('Preview of %1', path),
    description: trans.__('Preview of %1', PathExt.basename(path))
  };
}

/** The header, and the preview of the endpoint that is shown. */
export function PaneBody(props: {
  readonly view: IViewContext;
  readonly state: NotebookState;
  readonly session: PreviewSession;
}): JSX.Element {
  const { view, state, session } = props;
  const { commands, trans } = view;
  useSignals(state.changed, session.changed);
  const { row, key } = session;
  const { isAnalysed, path } = state.snapshot;
  const Preview = row ? view.kinds.of(row.endpoint).Preview : null;
  const onKeyDown = (event: React.KeyboardEvent): void => {
    // What is open inside (a picker, a request under way) takes the key for itself.
    if (event.key === 'Escape' && !event.defaultPrevented && row) {
      event.preventDefault();
      void invoke(commands, CommandIDs.resume, { cellId: row.endpoint.cell_id, path });
    }
  };
  return (
    <div className="nl-Preview-frame" onKeyDown={onKeyDown}>
      <Header view={view} state={state} session={session} />
      <div className="nl-Preview-body">
        {row && Preview ? (
          <Boundary view={view} subject={row.place}>
            <Preview
              key={row.endpoint.kind}
              view={view}
              state={state}
              row={row}
              session={session}
            />
          </Boundary>
        ) : (
          <p className="nl-Preview-note">{absence(key, isAnalysed, view)}</p>
        )}
      </div>
      <span className="nl-visuallyHidden">{trans.__('Escape goes back to the cell.')}</span>
    </div>
  );
}

function absence(key: string, isAnalysed: boolean, { trans }: IViewContext): string {
  if (!isAnalysed) {
    return trans.__('Reading the notebook…');
  }
  return key
    ? trans.__('The notebook does not declare %1 any more. Choose another endpoint above.', key)
    : trans.__('This notebook declares no endpoint yet.');
}
