/**
 * Generate: a pane beside a notebook in which the function of a cell is drafted from words.
 */
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { DraftsClient } from '../api';
import { CommandIDs, endpointRow } from '../commands';
import { available, noNotebook, notebookArg, pathOf, withArgs } from '../commands/availability';
import { replaceCell } from '../commands/edits';
import { reveal } from '../commands/locate';
import { saveCode } from '../commands/serve';
import { Draftings, GeneratePane, type Drafting } from '../generate';
import { isUp } from '../model';
import { SidecarPanes, focusWhenDrawn } from '../view';
import { panePlugin } from './pane';

/** Adds the pane and the command that opens it. */
export const generatePlugin = panePlugin<GeneratePane>({
  id: 'neutrino-lab:generate',
  description: 'Drafts the function of a cell from words, and shows it before it runs.',
  activate: ({ app, area, storage, tracker, view }) => {
    const { commands, model, notebooks, say, trans } = view;
    const beside = new SidecarPanes({ app, area, tracker });
    const draftings = new Draftings({
      api: new DraftsClient(app.serviceManager.serverSettings),
      model,
      storage,
      write: (context, ...given) => replaceCell(context.model, ...given)
    });

    const accept = async (notebook: NotebookPanel, drafting: Drafting): Promise<void> => {
      if (!(await drafting.accept())) {
        return;
      }
      const { snapshot } = model.state(notebook.context);
      const goesOn = isUp(snapshot.served) && (await saveCode(notebook, model));
      say(
        goesOn
          ? trans.__('Accepted: what is served takes it over')
          : trans.__('Accepted: it runs once the notebook is served')
      );
    };
    const edit = async (notebook: NotebookPanel, drafting: Drafting): Promise<void> => {
      const { candidate } = drafting.state;
      if (candidate && drafting.edit()) {
        app.shell.activateById(notebook.id);
        const before = candidate.cell.slice(0, candidate.cell.indexOf(candidate.code.trim()));
        await reveal(notebook, drafting.cellId, before.split('\n').length);
      }
    };
    const open = async (notebook: NotebookPanel, cellId: string): Promise<GeneratePane> => {
      const drafting = await draftings.of(notebook.context, cellId);
      return beside.open(drafting, notebook, () => {
        const pane = new GeneratePane(view, model.state(notebook.context), drafting, {
          accept: () => accept(notebook, drafting),
          edit: () => edit(notebook, drafting)
        });
        // Who closes it wants nothing drafted any more; a draft that is there stays.
        pane.disposed.connect(() => void drafting.stop());
        return pane;
      });
    };

    /** The cell that is meant; empty where it declares nothing. */
    const cellOf = (args: ReadonlyPartialJSONObject): string => {
      const notebook = notebooks.at(pathOf(args));
      if (!notebook) {
        return '';
      }
      const { rows, diagnostics } = model.state(notebook.context).snapshot;
      const id =
        args.key === undefined
          ? ((args.cellId as string | undefined) ?? notebook.content.activeCell?.model.id)
          : endpointRow(notebook, model, String(args.key))?.endpoint.cell_id;
      const isDeclared =
        rows.some(each => each.endpoint.cell_id === id) ||
        diagnostics.some(each => each.action === 'draft' && each.cell_id === id);
      return isDeclared && id ? id : '';
    };

    commands.addCommand(CommandIDs.generate, {
      ...available(
        view,
        trans.__('Generate from Words…'),
        args =>
          noNotebook(view)(args) ||
          (cellOf(args) ? '' : trans.__('select a cell that declares something'))
      ),
      caption: trans.__('Say in words what the cell has to do, and see a draft of it'),
      describedBy: withArgs({
        cellId: { type: 'string', description: trans.__('The cell; else the active one') },
        key: { type: 'string', description: trans.__('The endpoint; else that of the cell') },
        path: notebookArg(trans),
        keepFocus: { type: 'boolean' }
      }),
      execute: async args => {
        const notebook = notebooks.at(pathOf(args));
        // What a layout is restored from names its cell, of which nothing is known yet.
        const cellId = args.keepFocus ? String(args.cellId) : cellOf(args);
        if (!notebook || !cellId) {
          return null;
        }
        const pane = await open(notebook, cellId);
        if (!args.keepFocus) {
          const { state } = pane.drafting;
          if (!state.candidate && !state.preview && !state.words) {
            // Where the cell has words already, they are shown with what would be sent.
            void pane.drafting.look();
          }
          app.shell.activateById(pane.id);
          await focusWhenDrawn(pane.node);
        }
        return pane;
      }
    });
    return {
      commands: [CommandIDs.generate],
      args: ({ drafting }) => ({ cellId: drafting.cellId })
    };
  }
});
