/**
 * The widget that stands between a cell's header and its input.
 */
import type { Cell } from '@jupyterlab/cells';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Menu, type PanelLayout } from '@lumino/widgets';
import * as React from 'react';
import { CommandIDs } from '../commands/ids';
import { isUp, type IRow, type NotebookState } from '../model';
import { LANGUAGES } from '../model/preview';
import type { Endpoint } from '../protocol';
import { Button, useSignals, type IViewContext } from '../view';
import { BrokenRow, LensRow } from './row';
import type { Welcome } from './welcome';

/** Below the header, above the input: also there when the input is collapsed. */
const PLACE = 1;

/** The lens of one cell in one view. */
export class Lens extends ReactWidget {
  constructor(
    private readonly _cell: Cell,
    private readonly _state: NotebookState,
    private readonly _view: IViewContext,
    private readonly _welcome: Welcome
  ) {
    super();
    this.addClass('nl-Lens');
    // The notebook's own keys (arrows, Enter, letters) must not act on the cell below.
    this.node.dataset.lmSuppressShortcuts = 'true';
  }

  /** Put a lens into a cell that has been rendered. */
  static insert(cell: Cell, lens: Lens): void {
    (cell.layout as PanelLayout).insertWidget(PLACE, lens);
  }

  protected override render(): JSX.Element {
    return (
      <LensBody
        cellId={this._cell.model.id}
        state={this._state}
        view={this._view}
        welcome={this._welcome}
        onLeave={() => this._cell.node.focus()}
        onMenu={(key, button) => this._openMenu(key, button)}
      />
    );
  }

  private _openMenu(key: string, button: HTMLElement): void {
    const { commands } = this._view;
    const menu = new Menu({ commands });
    const { path, rows, served } = this._state.snapshot;
    const { kind } = rows.find(row => row.endpoint.key === key)?.endpoint ?? {};
    menu.addItem({ command: CommandIDs.openPreview, args: { key, path } });
    menu.addItem({ command: CommandIDs.copyUrl, args: { key, path } });
    if (kind === 'http' && isUp(served) && commands.hasCommand(CommandIDs.copySnippet)) {
      LANGUAGES.forEach(language =>
        menu.addItem({ command: CommandIDs.copySnippet, args: { key, path, language } })
      );
    }
    if (kind === 'schedule') {
      menu.addItem({ command: CommandIDs.runSchedule, args: { key, path } });
      menu.addItem({ command: CommandIDs.pauseSchedule, args: { key, path } });
    }
    menu.addItem({ command: CommandIDs.openDocs });
    menu.addItem({ type: 'separator' });
    menu.addItem({ command: CommandIDs.toggle });
    menu.addItem({ command: CommandIDs.exportDocker });
    menu.addItem({ type: 'separator' });
    menu.addItem({ command: CommandIDs.showPanel });
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
  readonly welcome: Welcome;
  readonly onLeave: () => void;
  readonly onMenu: (key: string, button: HTMLElement) => void;
}): JSX.Element {
  const { cellId, state, view, welcome, onLeave, onMenu } = props;
  useSignals(state.changed, state.figuresChanged, welcome.changed);
  const { rows, findings, served, path } = state.snapshot;
  const own = rows.filter(row => row.endpoint.cell_id === cellId);
  if (own.length === 0) {
    const found = findings.filter(each => each.cell_id === cellId);
    return <BrokenRow view={view} findings={found} onLeave={onLeave} />;
  }
  return (
    <>
      {own.map(row => (
        <LensRow
          key={row.endpoint.key}
          view={view}
          row={row}
          path={path}
          served={served}
          figures={state.figures(row.endpoint.key)}
          onLeave={onLeave}
          onMenu={onMenu}
        />
      ))}
      {welcome.isDue && firstLive(rows)?.cell_id === cellId ? (
        <FirstSuccess endpointKey={firstLive(rows)?.key ?? ''} view={view} welcome={welcome} />
      ) : null}
    </>
  );
}

/** The first endpoint that answers. */
function firstLive(rows: readonly IRow[]): Endpoint | undefined {
  return rows.find(row => row.condition.word === 'live' && row.endpoint.kind !== 'schedule')
    ?.endpoint;
}

/** What it means to be live, told once. */
function FirstSuccess(props: {
  readonly endpointKey: string;
  readonly view: IViewContext;
  readonly welcome: Welcome;
}): JSX.Element {
  const { endpointKey, view, welcome } = props;
  const { commands, trans } = view;
  return (
    <div className="nl-Welcome" role="note">
      <span>{trans.__('It is live: whoever may use this Jupyter server can call it.')}</span>
      <Button
        onClick={() => {
          void commands.execute(CommandIDs.copyUrl, { key: endpointKey });
          welcome.dismiss();
        }}
      >
        {trans.__('Copy URL')}
      </Button>
      <Button look="quiet" onClick={() => welcome.dismiss()}>
        {trans.__('Got it')}
      </Button>
    </div>
  );
}
