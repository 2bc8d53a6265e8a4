/**
 * The commands, in the palette too; toolbar, menus and shortcuts are in `schema/commands.json`.
 */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { CommandIDs, OpenNotebooks, register } from '../commands';
import { KINDS, OTHER } from '../kinds';
import { PreviewSessions } from '../model/preview';
import { INeutrinoModel, INeutrinoView } from '../tokens';
import { Announcer, Kinds, localeOf, samplesOf } from '../view';

const LISTED = [
  CommandIDs.serve,
  CommandIDs.stop,
  CommandIDs.update,
  CommandIDs.startOver,
  CommandIDs.openDocs,
  CommandIDs.copyUrl,
  CommandIDs.copyKey,
  CommandIDs.next,
  CommandIDs.previous,
  CommandIDs.runSchedule,
  CommandIDs.pauseSchedule,
  CommandIDs.streamSource,
  CommandIDs.declareFunction,
  CommandIDs.nextProblem,
  CommandIDs.previousProblem,
  CommandIDs.showFixes,
  CommandIDs.explain,
  CommandIDs.retry
];

/** Registers the commands. */
export const commandsPlugin: JupyterFrontEndPlugin<INeutrinoView> = {
  id: 'neutrino-lab:commands',
  description: 'The commands of Neutrino Lab, with toolbar button, menu items and shortcuts.',
  autoStart: true,
  provides: INeutrinoView,
  requires: [INeutrinoModel, INotebookTracker],
  optional: [ICommandPalette, ITranslator, IEditorServices, IRenderMimeRegistry, IStateDB],
  activate: (
    app: JupyterFrontEnd,
    model: INeutrinoModel,
    tracker: INotebookTracker,
    palette: ICommandPalette | null,
    translator: ITranslator | null,
    editors: IEditorServices | null,
    rendermime: IRenderMimeRegistry | null,
    storage: IStateDB | null
  ): INeutrinoView => {
    const trans = (translator ?? nullTranslator).load('neutrino_lab');
    const announcer = new Announcer(document.body);
    model.own(announcer);
    const say = (message: string): void => announcer.say(message);
    const kinds = new Kinds(KINDS, OTHER);
    const sessions = new PreviewSessions(model, storage);
    const notebooks = new OpenNotebooks(tracker, model);
    const { commands, serviceManager } = app;
    const { contents } = serviceManager;
    const locale = localeOf(translator?.languageCode);
    const services = { commands, trans, locale, editors, rendermime, contents, say };
    const view = { model, notebooks, kinds, sessions, ...services };
    register(view);
    const category = trans.__('Neutrino Lab');
    LISTED.forEach(command => palette?.addItem({ command, category }));
    palette?.addItem({ command: CommandIDs.createService, args: { isPalette: true }, category });
    for (const { kind } of samplesOf(view)) {
      palette?.addItem({ command: CommandIDs.insertSample, args: { kind }, category });
    }
    return view;
  }
};
