/**
 * The status-bar item, and what a screen reader is told when the state changes.
 */
import { PathExt } from '@jupyterlab/coreutils';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar } from '@jupyterlab/statusbar';
import * as React from 'react';
import { CommandIDs } from '../commands';
import { INeutrinoView } from '../tokens';
import {
  BoundedWidget,
  Glyph,
  StatusAction,
  statusText,
  useSignals,
  statusKindText,
  type IViewContext
} from '../view';

/** Shows the state of the notebook in front at the bottom of the window. */
export const statusPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:status',
  description: 'Tells the state of the notebook in front in the status bar and to screen readers.',
  autoStart: true,
  requires: [INeutrinoView],
  optional: [IStatusBar],
  activate: (_: JupyterFrontEnd, view: INeutrinoView, statusBar: IStatusBar | null): void => {
    const { model } = view;
    const item = BoundedWidget.of(view, <StatusItem view={view} />);
    item.addClass('nl-Status');
    statusBar?.registerStatusItem('neutrino-lab:status', {
      item,
      align: 'left',
      rank: 4,
      isActive: () => isTold(view),
      activeStateChanged: model.changed
    });
    announce(view);
  }
};

function isTold({ model }: IViewContext): boolean {
  const snapshot = model.current?.snapshot;
  return snapshot !== undefined && (snapshot.rows.length > 0 || snapshot.served !== null);
}

function StatusItem({ view }: { readonly view: IViewContext }): JSX.Element | null {
  const { model, commands, trans } = view;
  useSignals(model.changed);
  const snapshot = model.current?.snapshot;
  if (!snapshot) {
    return null;
  }
  const { status, rows } = snapshot;
  const failed = (model.current && model.callsOf(model.current)?.unseen.length) ?? 0;
  return (
    <>
      <button
        type="button"
        className="nl-Status-button"
        title={trans.__('Neutrino Lab: %1', statusText(status, trans, Date.now()))}
        onClick={() => void commands.execute(CommandIDs.showPanel)}
      >
        <Glyph kind={status.kind} />
        <span>{statusKindText(status.kind, trans)}</span>
        <span className="nl-Status-count">
          {trans._n('1 endpoint', '%1 endpoints', rows.length)}
        </span>
        {failed > 0 ? (
          <span className="nl-Status-failed">{trans._n('1 failure', '%1 failures', failed)}</span>
        ) : null}
      </button>
      {status.kind === 'outdated' ? (
        <StatusAction status={status} path={snapshot.path} view={view} />
      ) : null}
    </>
  );
}

/** Say every change of state of the notebook in front; looking at another one is no change. */
function announce({ model, trans, say }: IViewContext): void {
  let known = '';
  model.changed.connect(() => {
    const snapshot = model.current?.snapshot;
    if (!snapshot) {
      return;
    }
    const word = `${snapshot.path} ${snapshot.status.kind}`;
    const isSameNotebook = known.startsWith(`${snapshot.path} `);
    if (isSameNotebook && known !== word) {
      const name = PathExt.basename(snapshot.path);
      const text = statusText(snapshot.status, trans, Date.now());
      say(trans.__('%1: %2', name, text));
    }
    known = word;
  });
}
