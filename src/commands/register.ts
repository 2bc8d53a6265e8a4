/**
 * The commands: what each is called, when it can be used, what it calls.
 */
import { Clipboard } from '@jupyterlab/apputils';
import { NotebookActions, type NotebookPanel } from '@jupyterlab/notebook';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { isGoing } from '../model';
import type { Served } from '../protocol';
import type { IViewContext } from '../view';
import { available, noNotebook, notServed, notebookArg, pathOf, withArgs } from './availability';
import { CommandIDs } from '../commandids';
import { endpointRow, resume, reveal, step } from './locate';
import { serve, startOver, stop } from './serve';
import { registerWriting } from './writing';

const OPEN = 'docmanager:open';

/** Register everything but the panel's own command. */
export function register(view: IViewContext): void {
  registerServing(view);
  registerAddresses(view);
  registerNavigation(view);
  registerKernel(view);
  registerOthers(view);
  registerWriting(view);
  view.kinds.all.forEach(kind => kind.register?.(view));
}

function registerServing(view: IViewContext): void {
  const { commands, model, notebooks, trans } = view;
  const served = (args: ReadonlyPartialJSONObject): Served | null =>
    notebooks.stateAt(pathOf(args))?.snapshot.served ?? null;
  const describedBy = withArgs({ path: notebookArg(trans) });
  /** Do it with the notebook that is meant, if it is open. */
  const forMeant =
    (act: (panel: NotebookPanel) => Promise<void>) =>
    async (args: ReadonlyPartialJSONObject): Promise<void> => {
      const panel = notebooks.at(pathOf(args));
      if (panel) {
        await act(panel);
      }
    };
  /** Do it with what is served of that notebook, if it is. */
  const forServed =
    (act: (each: Served) => Promise<void>) =>
    async (args: ReadonlyPartialJSONObject): Promise<void> => {
      const each = served(args);
      if (each) {
        await act(each);
      }
    };
  const hasWorker = (args: ReadonlyPartialJSONObject): boolean => isGoing(served(args));
  commands.addCommand(CommandIDs.serve, {
    ...available(view, trans.__('Serve Notebook'), args =>
      args.path !== undefined
        ? ''
        : noNotebook(view)(args) || (hasWorker(args) ? trans.__('it is served') : '')
    ),
    caption: trans.__('Save the notebook and serve its endpoints'),
    describedBy,
    execute: forMeant(async panel => {
      if (commands.hasCommand(CommandIDs.showPanel)) {
        await commands.execute(CommandIDs.showPanel, { keepFocus: true });
      }
      await serve(panel, model, trans);
    })
  });
  commands.addCommand(CommandIDs.stop, {
    ...available(view, trans.__('Stop Serving Notebook'), args =>
      (served(args)?.state ?? 'stopped') === 'stopped' ? trans.__('it is not served') : ''
    ),
    describedBy,
    execute: forServed(each => stop(each, model, trans))
  });
  commands.addCommand(CommandIDs.update, {
    ...available(view, trans.__('Make Saved Notebook Live'), args =>
      args.path !== undefined || model.current?.snapshot.status.reason.kind === 'update'
        ? ''
        : notServed(view)(args) || trans.__('it is live')
    ),
    caption: trans.__('Serve what is saved instead of the version that answers now'),
    describedBy,
    execute: forMeant(panel => serve(panel, model, trans))
  });
  commands.addCommand(CommandIDs.startOver, {
    ...available(view, trans.__('Start Served Notebook Over'), notServed(view)),
    caption: trans.__('Serve the notebook from a new process, which remembers nothing'),
    describedBy,
    execute: forServed(each => startOver(each, model, trans))
  });
  commands.addCommand(CommandIDs.toggle, {
    label: args =>
      hasWorker(args) ? trans.__('Stop Serving Notebook') : trans.__('Serve Notebook'),
    caption: args =>
      hasWorker(args)
        ? trans.__('Stop serving this notebook')
        : trans.__('Save the notebook and serve its endpoints'),
    describedBy,
    isEnabled: args => notebooks.at(pathOf(args)) !== null,
    execute: args =>
      commands.execute(hasWorker(args) ? CommandIDs.stop : CommandIDs.serve, { path: args.path })
  });
  const ids = [
    CommandIDs.serve,
    CommandIDs.stop,
    CommandIDs.update,
    CommandIDs.startOver,
    CommandIDs.toggle,
    CommandIDs.openDocs
  ];
  model.changed.connect(() => ids.forEach(id => commands.notifyCommandChanged(id)));
}

function registerAddresses(view: IViewContext): void {
  const { commands, model, notebooks, trans, say } = view;
  commands.addCommand(CommandIDs.openDocs, {
    ...available(view, trans.__('Open API Docs'), notServed(view)),
    caption: trans.__('Open the API page of the served notebook in a new tab'),
    describedBy: withArgs({ path: notebookArg(trans) }),
    execute: args => {
      const served = notebooks.stateAt(pathOf(args))?.snapshot.served;
      if (served) {
        window.open(model.api.docsUrl(served), '_blank', 'noopener');
      }
    }
  });
  commands.addCommand(CommandIDs.copyUrl, {
    ...available(view, trans.__('Copy Endpoint URL'), notServed(view)),
    caption: trans.__('Copy the address of the endpoint that the active cell declares'),
    describedBy: withArgs({
      key: {
        type: 'string',
        description: trans.__('The endpoint; empty for the root, left out for the active cell')
      },
      path: notebookArg(trans)
    }),
    execute: args => {
      const panel = notebooks.at(pathOf(args));
      const url = panel && urlOf(view, panel, args.key as string | undefined);
      if (url) {
        Clipboard.copyToSystem(url);
      }
      return url;
    }
  });
  commands.addCommand(CommandIDs.copyKey, {
    ...available(
      view,
      trans.__('Copy API Key'),
      args =>
        notServed(view)(args) ||
        (notebooks.stateAt(pathOf(args))?.snapshot.served?.own_url
          ? ''
          : trans.__('it has no port of its own'))
    ),
    caption: trans.__("Copy the key that the notebook's own port asks for"),
    describedBy: withArgs({ path: notebookArg(trans) }),
    execute: async args => {
      const served = notebooks.stateAt(pathOf(args))?.snapshot.served;
      if (served) {
        // Asked for only now: it is nowhere in the page before.
        Clipboard.copyToSystem((await model.api.ownPort(served.id)).key);
        say(trans.__('API key copied'));
      }
    }
  });
}

function registerNavigation(view: IViewContext): void {
  const { commands, model, notebooks, trans } = view;
  /** The notebook that is meant, brought to the front where another tab hides it. */
  const front = async (path: string | undefined): Promise<NotebookPanel | null> => {
    const panel = notebooks.at(path);
    if (panel && !panel.isVisible && commands.hasCommand(OPEN)) {
      await commands.execute(OPEN, { path: panel.context.path });
    }
    return panel;
  };
  const walk = (id: string, label: string, direction: 1 | -1): void => {
    commands.addCommand(id, {
      ...available(
        view,
        label,
        args =>
          noNotebook(view)(args) ||
          (model.current?.snapshot.rows.length ? '' : trans.__('no cell declares an endpoint'))
      ),
      describedBy: withArgs(),
      execute: async () => {
        if (notebooks.front) {
          await step(notebooks.front, model, direction);
        }
      }
    });
  };
  walk(CommandIDs.next, trans.__('Go to Next Endpoint Cell'), 1);
  walk(CommandIDs.previous, trans.__('Go to Previous Endpoint Cell'), -1);
  commands.addCommand(CommandIDs.reveal, {
    label: args =>
      typeof args.line === 'number'
        ? trans.__('Go to Line %1 of the Cell', args.line)
        : trans.__('Go to Cell'),
    describedBy: withArgs(
      {
        cellId: { type: 'string' },
        line: { type: 'number' },
        path: notebookArg(trans)
      },
      ['cellId']
    ),
    execute: async args => {
      const panel = await front(pathOf(args));
      if (panel) {
        await reveal(panel, String(args.cellId), args.line as number | undefined);
      }
    }
  });
  commands.addCommand(CommandIDs.resume, {
    label: trans.__('Go Back to Cell'),
    describedBy: withArgs({ cellId: { type: 'string' }, path: notebookArg(trans) }, ['cellId']),
    execute: async args => {
      const panel = await front(pathOf(args));
      if (panel) {
        await resume(panel, String(args.cellId));
      }
    }
  });
}

/** What a call to the live kernel may need first, in the notebook that is meant. */
function registerKernel({ commands, notebooks, trans }: IViewContext): void {
  const path = notebookArg(trans);
  commands.addCommand(CommandIDs.runCell, {
    label: trans.__('Run Cell for the Preview'),
    caption: trans.__('Run a cell in the notebook’s kernel; the focus stays where it is'),
    describedBy: withArgs({ cellId: { type: 'string' }, path }, ['cellId']),
    execute: async args => {
      const panel = notebooks.at(pathOf(args));
      const cell = panel?.content.widgets.find(each => each.model.id === args.cellId);
      return panel && cell
        ? NotebookActions.runCells(panel.content, [cell], panel.sessionContext)
        : false;
    }
  });
  commands.addCommand(CommandIDs.restartKernel, {
    label: trans.__('Restart the Kernel of a Notebook'),
    describedBy: withArgs({ path }),
    execute: async args => {
      await notebooks.at(pathOf(args))?.sessionContext.restartKernel();
    }
  });
}

function registerOthers({ commands, model, notebooks, trans }: IViewContext): void {
  commands.addCommand(CommandIDs.save, {
    label: trans.__('Save Notebook'),
    describedBy: withArgs({ path: notebookArg(trans) }),
    isEnabled: args => notebooks.at(pathOf(args)) !== null,
    execute: args => notebooks.at(pathOf(args))?.context.save()
  });
  commands.addCommand(CommandIDs.retry, {
    label: trans.__('Look for the Server Part Again'),
    describedBy: withArgs(),
    execute: () => model.reconnect()
  });
}

function urlOf(
  { kinds, model }: IViewContext,
  panel: NotebookPanel,
  key: string | undefined
): string | null {
  const { served } = model.state(panel.context).snapshot;
  const endpoint = key === '' ? null : endpointRow(panel, model, key)?.endpoint;
  const scheme = endpoint ? kinds.of(endpoint).scheme(endpoint) : 'http';
  return served && scheme && model.address(served, endpoint?.path ?? '/', scheme);
}
