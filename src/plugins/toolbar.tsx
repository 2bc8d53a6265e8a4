/**
 * The button in a notebook's own toolbar: it serves and stops that notebook, whichever is in front.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IToolbarWidgetRegistry } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import { ToolbarButtonComponent, runIcon, stopIcon } from '@jupyterlab/ui-components';
import type { Widget } from '@lumino/widgets';
import * as React from 'react';
import { CommandIDs, invoke } from '../commands';
import { isGoing, type NotebookState } from '../model';
import { INeutrinoView } from '../tokens';
import { BoundedWidget, useSignals, type IViewContext } from '../view';

/** The name of the item in `schema/commands.json`. */
const ITEM = 'neutrino-serve';
/** The kind of widget whose toolbar it is in. */
const FACTORY = 'Notebook';
/** A toolbar of this width has room for the longer words. */
const ROOMY_PX = 640;

/** Gives every notebook its button. */
export const toolbarPlugin: JupyterFrontEndPlugin<void> = {
  id: 'neutrino-lab:toolbar',
  description: 'Serves and stops a notebook from its own toolbar.',
  autoStart: true,
  requires: [INeutrinoView, IToolbarWidgetRegistry],
  activate: (_: JupyterFrontEnd, view: INeutrinoView, registry: IToolbarWidgetRegistry): void => {
    registry.addFactory<NotebookPanel>(FACTORY, ITEM, (panel): Widget => {
      const button = BoundedWidget.of(
        view,
        <ServeButton panel={panel} state={view.model.state(panel.context)} view={view} />
      );
      button.addClass('nl-ServeButton');
      return button;
    });
  }
};

function ServeButton(props: {
  readonly panel: NotebookPanel;
  readonly state: NotebookState;
  readonly view: IViewContext;
}): JSX.Element {
  const { panel, state, view } = props;
  const { commands, trans } = view;
  useSignals(state.changed);
  const { served, path } = state.snapshot;
  const isServed = isGoing(served);
  const isRoomy = useWidth(panel.node) >= ROOMY_PX;
  return (
    <ToolbarButtonComponent
      label={
        isRoomy
          ? isServed
            ? trans.__('Stop serving')
            : trans.__('Serve notebook')
          : isServed
            ? trans.__('Stop')
            : trans.__('Serve')
      }
      icon={isServed ? stopIcon : runIcon}
      tooltip={
        isServed
          ? trans.__('Stop serving this notebook')
          : trans.__('Save the notebook and serve its endpoints')
      }
      dataset={{ command: CommandIDs.toggle }}
      onClick={() => void invoke(commands, CommandIDs.toggle, { path })}
    />
  );
}

/** The width of an element, as it changes. */
function useWidth(node: HTMLElement): number {
  const [width, setWidth] = React.useState(node.clientWidth);
  React.useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(node.clientWidth));
    observer.observe(node);
    return () => observer.disconnect();
  }, [node]);
  return width;
}
