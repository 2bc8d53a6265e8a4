/**
 * The widget that stands between a cell's header and its input.
 */
import type { Cell } from '@jupyterlab/cells';
import { Menu } from '@lumino/widgets';
import * as React from 'react';
import { CommandIDs, invoke, menuItem } from '../commandids';
import { isUp, type IRow, type NotebookState } from '../model';
import type { Endpoint } from '../protocol';
import {
  BoundedWidget,
  Boundary,
  Button,
  statusActionOf,
  useSignals,
  type IViewContext,
  type Kinds
} from '../view';
import { BrokenRow, LensRow } from './row';
import type { FirstRunHint } from './firstrunhint';

/** The lens of one cell in one view. */
export class Lens extends BoundedWidget {
  constructor(
    private readonly _cell: Cell,
    private readonly _state: NotebookState,
    private readonly _view: IViewContext,
    private readonly _hint: FirstRunHint
  ) {
    super(_view);
    this.addClass('nl-Lens');
    // The notebook's own keys (arrows, Enter, letters) must not act on the cell below.
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  protected override draw(): JSX.Element {
    return (
      <LensBody
        cellId={this._cell.model.id}
        state={this._state}
        view={this._view}
        hint={this._hint}
        onLeave={() => this._cell.node.focus()}
        onMenu={(key, button) => this._openMenu(key, button)}
      />
    );
  }

  private _openMenu(key: string, button: HTMLElement): void {
    const { commands, kinds, trans } = this._view;
    const menu = new Menu({ commands });
    const { path, rows, served } = this._state.snapshot;
    const row = rows.find(each => each.endpoint.key === key);
    const own = row ? kinds.of(row.endpoint).menu({ key, path }, isUp(served)) : [];
    // What the row may have had no room for.
    const action = row && statusActionOf(row.status, trans);
    if (action && action.command !== CommandIDs.serve) {
      menu.addItem(menuItem(action.command, { path }));
    }
    for (const { cell_id: cellId, fixes, span } of row?.diagnostics ?? []) {
      menu.addItem(menuItem(CommandIDs.reveal, { path, cellId, line: span?.line ?? 1 }));
      fixes.forEach(fix => menu.addItem(menuItem(CommandIDs.applyFix, { path, cellId, ...fix })));
    }
    if (row?.diagnostics.some(each => each.action === 'start-over')) {
      menu.addItem(menuItem(CommandIDs.startOver, { path }));
    }
    menu.addItem(menuItem(CommandIDs.openPreview, { key, path }));
    menu.addItem(menuItem(CommandIDs.copyUrl, { key, path }));
    own.forEach(item => menu.addItem(item));
    menu.addItem(menuItem(CommandIDs.openDocs, { path }));
    menu.addItem({ type: 'separator' });
    menu.addItem(menuItem(CommandIDs.toggle, { path }));
    menu.addItem(menuItem(CommandIDs.exportDocker, { path }));
    menu.addItem({ type: 'separator' });
    menu.addItem(menuItem(CommandIDs.showPanel, {}));
    menu.aboutToClose.connect(() => {
      button.focus();
      // The menu is still closing: it can go only after that.
      requestAnimationFrame(() => menu.dispose());
    }, menu);
    const { left, bottom } = button.getBoundingClientRect();
    menu.open(left, bottom);
  }
}

/** The rows of a cell: one for each thing that it declares. */
export function LensBody(props: {
  readonly cellId: string;
  readonly state: NotebookState;
  readonly view: IViewContext;
  readonly hint: FirstRunHint;
  readonly onLeave: () => void;
  readonly onMenu: (key: string, button: HTMLElement) => void;
}): JSX.Element {
  const { cellId, state, view, hint, onLeave, onMenu } = props;
  useSignals(state.changed, hint.changed);
  const { rows, diagnostics, path } = state.snapshot;
  const own = rows.filter(row => row.endpoint.cell_id === cellId);
  const live = firstLive(rows, view.kinds);
  const first = live?.cell_id === cellId && hint.isDueAt(path) ? live : undefined;
  if (own.length === 0) {
    const found = diagnostics.filter(each => each.cell_id === cellId);
    return <BrokenRow view={view} path={path} diagnostics={found} onLeave={onLeave} />;
  }
  return (
    <>
      {own.map(row => (
        <Boundary key={row.place} view={view} subject={row.endpoint.key}>
          <LensRow view={view} row={row} state={state} onLeave={onLeave} onMenu={onMenu} />
        </Boundary>
      ))}
      {first ? <FirstSuccess endpointKey={first.key} path={path} view={view} hint={hint} /> : null}
    </>
  );
}

/** The first endpoint that answers somebody. */
function firstLive(rows: readonly IRow[], kinds: Kinds): Endpoint | undefined {
  const isCalled = ({ endpoint }: IRow): boolean => kinds.of(endpoint).scheme(endpoint) !== null;
  return rows.find(row => row.status.kind === 'live' && isCalled(row))?.endpoint;
}

/** What it means to be live, told once. */
function FirstSuccess(props: {
  readonly endpointKey: string;
  readonly path: string;
  readonly view: IViewContext;
  readonly hint: FirstRunHint;
}): JSX.Element {
  const { endpointKey, path, view, hint } = props;
  const { commands, trans } = view;
  return (
    <div className="nl-FirstRunHint" role="note">
      <span>{trans.__('It is live: everybody who may use this Jupyter server can call it.')}</span>
      <Button
        onClick={() => {
          void invoke(commands, CommandIDs.copyUrl, { key: endpointKey, path });
          hint.dismiss();
        }}
      >
        {trans.__('Copy URL')}
      </Button>
      <Button look="quiet" onClick={() => hint.dismiss()}>
        {trans.__('Got it')}
      </Button>
    </div>
  );
}
