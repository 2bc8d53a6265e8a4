/**
 * What the plugins of panes beside notebooks have in common: the services, the list in the palette,
 * and coming back after a reload.
 */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { INeutrinoView } from '../tokens';
import type { IViewContext, Pane } from '../view';

/** What a plugin makes its panes from. */
export interface IPaneServices<T extends Pane> {
  readonly app: JupyterFrontEnd;
  /** Where panes go: the side where there is no room beside a notebook. */
  readonly area: 'main' | 'right';
  readonly notebooks: INotebookTracker;
  readonly storage: IStateDB | null;
  readonly tracker: WidgetTracker<T>;
  readonly view: IViewContext;
}

/** How the panes of a plugin are opened. */
export interface IPaneCommands<T extends Pane> {
  /** Those to list in the palette; the first one opens a pane. */
  readonly commands: readonly [string, ...string[]];
  /** What opens a pane again as it was. */
  readonly args: (pane: T) => ReadonlyPartialJSONObject;
}

/** A plugin for panes of one kind; `activate` registers the commands. */
export function panePlugin<T extends Pane>(options: {
  readonly id: string;
  readonly description: string;
  readonly activate: (services: IPaneServices<T>) => IPaneCommands<T>;
}): JupyterFrontEndPlugin<void> {
  const { id, description } = options;
  return {
    id,
    description,
    autoStart: true,
    requires: [INotebookTracker, INeutrinoView],
    optional: [ILabShell, ILayoutRestorer, ICommandPalette, IStateDB],
    activate: (
      app: JupyterFrontEnd,
      notebooks: INotebookTracker,
      view: INeutrinoView,
      labShell: ILabShell | null,
      restorer: ILayoutRestorer | null,
      palette: ICommandPalette | null,
      storage: IStateDB | null
    ): void => {
      const tracker = new WidgetTracker<T>({ namespace: id.replace(':', '-') });
      const area = labShell ? 'main' : 'right';
      const { commands, args } = options.activate({ app, area, notebooks, storage, tracker, view });
      const category = view.trans.__('Neutrino Lab');
      commands.forEach(command => palette?.addItem({ command, category }));
      void restorer?.restore(tracker, {
        command: commands[0],
        args: pane => {
          const { state } = pane;
          const at = state ? { path: state.snapshot.path } : {};
          return { ...args(pane), ...at, keepFocus: true };
        },
        name: pane => pane.key,
        // A pane stands beside its notebook.
        when: notebooks.restored
      });
    }
  };
}
