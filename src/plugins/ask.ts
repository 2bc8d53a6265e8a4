/**
 * Ask: a pane in which a model answers by running code, with its commands and its card.
 */
import {
  ILabShell,
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  InputDialog,
  WidgetTracker,
  showErrorMessage
} from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { ExecutionClient } from '../api';
import {
  AskPane,
  Conversation,
  Draft,
  chooseFiles,
  contentsFile,
  droppedFiles,
  frameAttachment,
  framesOf,
  keepAndOpen,
  valuesOf,
  type IConversationIds
} from '../ask';
import { CommandIDs } from '../commands';
import { withArgs } from '../commands/availability';
import { INeutrinoView } from '../tokens';
import { acceptBrowserFiles, logoIcon } from '../view';

const ID = 'neutrino-lab:ask';

/** Adds the pane, and all that opens it. */
export const askPlugin: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: 'Asks a model that answers by running code in a session.',
  autoStart: true,
  requires: [INeutrinoView, IEditorServices, IDocumentManager],
  optional: [
    ILabShell,
    ILayoutRestorer,
    ICommandPalette,
    ILauncher,
    IDefaultFileBrowser,
    IStateDB,
    ITranslator
  ],
  activate: (
    app: JupyterFrontEnd,
    view: INeutrinoView,
    editors: IEditorServices,
    documents: IDocumentManager,
    labShell: ILabShell | null,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null,
    launcher: ILauncher | null,
    browser: IDefaultFileBrowser | null,
    storage: IStateDB | null,
    translator: ITranslator | null
  ): void => {
    const { commands, rendermime, trans } = view;
    const { preferences } = view.model;
    if (!rendermime) {
      return;
    }
    const { contents, serverSettings } = app.serviceManager;
    const api = new ExecutionClient(serverSettings, () => preferences.chatOptions());
    const tracker = new WidgetTracker<AskPane>({ namespace: 'neutrino-lab-ask' });

    const keeping = { app, api, trans, cwd: () => browser?.model.path ?? '' };

    const open = (): AskPane => {
      const known = tracker.currentWidget;
      if (known && !known.isDisposed) {
        return known;
      }
      const conversation = new Conversation({ api, now: () => Date.now(), trans });
      const draft = new Draft();
      const actions = {
        addFiles: async () => {
          const title = trans.__('Files for the question');
          draft.attach(await chooseFiles(documents, translator ?? nullTranslator, title));
        },
        addFrame: () => addFrame(draft),
        send: async () => {
          if (!conversation.current && draft.text.trim() && !conversation.modelProblem) {
            const { text, attachments } = draft.take();
            await conversation.ask(text, attachments);
            view.say(trans.__('The answer has ended'));
          }
        }
      };
      const pane = new AskPane({ view, conversation, draft, editors, rendermime, actions });
      pane.disposed.connect(() => {
        // Who closes it wants no answer any more.
        void conversation.stop().finally(() => conversation.dispose());
        void storage?.remove(ID);
      }, conversation);
      takeDropped(pane, draft);
      void restore(conversation);
      void conversation.look();
      preferences.changed.connect(() => void conversation.look(), conversation);
      app.shell.add(pane, labShell ? 'main' : 'right', { activate: false });
      void tracker.add(pane);
      return pane;
    };

    /** Show again what was there before the page was loaded. */
    const restore = async (conversation: Conversation): Promise<void> => {
      const kept = (await storage?.fetch(ID).catch(() => undefined)) as unknown;
      const { chats = [], session } = (kept ?? {}) as Partial<IConversationIds>;
      conversation.idsChanged.connect((_, ids) => {
        void storage?.save(ID, { chats: [...ids.chats], session: ids.session });
      }, conversation);
      await conversation.restore({
        chats: chats.filter(each => typeof each === 'string'),
        session: typeof session === 'string' ? session : null
      });
    };

    const addFrame = async (draft: Draft): Promise<void> => {
      try {
        const kernel = view.notebooks.front?.sessionContext.session?.kernel;
        if (!kernel) {
          throw new Error(trans.__('No notebook with a kernel is open.'));
        }
        const frames = await framesOf(kernel, trans);
        if (frames.length === 0) {
          throw new Error(trans.__('The kernel of the notebook in front holds no data frame.'));
        }
        const texts = frames.map(({ name, shape }) => `${name} (${shape.join(' × ')})`);
        const { button, value, isChecked } = await InputDialog.getItem({
          title: trans.__('Data frame for the question'),
          label: trans.__('The model is told its name, shape, columns and types.'),
          items: texts,
          checkbox: {
            label: trans.__('Share its values'),
            caption: trans.__(
              'Copies them into the session, where code reads them; the model sees what code prints'
            )
          }
        });
        const frame = frames[texts.indexOf(value ?? '')];
        if (button.accept && frame) {
          const read = (): Promise<Blob> => valuesOf(kernel, frame.name, trans);
          draft.attach([frameAttachment(frame, isChecked ? read : undefined)]);
        }
      } catch (error) {
        await showErrorMessage(trans.__('No data frame was added'), error as Error, [
          Dialog.okButton()
        ]);
      }
    };

    /** Files that are dropped on the pane, from the file browser or from outside of the page. */
    const takeDropped = ({ node }: AskPane, draft: Draft): void => {
      const isFile = (event: DragEvent): boolean =>
        event.dataTransfer?.types.includes('Files') ?? false;
      node.addEventListener('dragover', event => {
        if (isFile(event)) {
          event.preventDefault();
        }
      });
      node.addEventListener('drop', event => {
        if (isFile(event)) {
          event.preventDefault();
          draft.attach(droppedFiles(event.dataTransfer?.files ?? []));
        }
      });
      acceptBrowserFiles(node, {
        drop: paths =>
          draft.attach(
            paths.map(path => contentsFile(contents, path.split('/').pop() ?? path, path))
          )
      });
    };

    commands.addCommand(CommandIDs.ask, {
      label: args => (args.isLauncher ? trans.__('Ask') : trans.__('Ask a Model')),
      caption: trans.__('Ask a model that answers by running code'),
      icon: args => (args.isLauncher ? logoIcon : undefined),
      describedBy: withArgs({ isLauncher: { type: 'boolean' }, keepFocus: { type: 'boolean' } }),
      execute: async args => {
        const pane = open();
        if (!args.keepFocus) {
          app.shell.activateById(pane.id);
          await pane.focusQuestion();
        }
        return pane;
      }
    });
    commands.addCommand(CommandIDs.stopAnswer, {
      label: trans.__('Stop the Answer'),
      caption: trans.__('End the model and what it runs'),
      describedBy: withArgs(),
      isEnabled: () => Boolean(tracker.currentWidget?.conversation.current),
      execute: () => tracker.currentWidget?.conversation.stop()
    });
    commands.addCommand(CommandIDs.keepSession, {
      label: trans.__('Keep the Answer as a Notebook'),
      caption: trans.__('Write a notebook beside the files, on the same kernel'),
      describedBy: withArgs(),
      isEnabled: () => Boolean(tracker.currentWidget?.conversation.artifact.written.length),
      execute: () =>
        tracker.currentWidget && keepAndOpen(keeping, tracker.currentWidget.conversation)
    });
    commands.addCommand(CommandIDs.trustOutputs, {
      label: trans.__('Trust the Outputs of the Answer'),
      caption: trans.__('Let what is shown now run its scripts'),
      describedBy: withArgs(),
      isEnabled: () =>
        tracker.currentWidget?.conversation.artifact.cells.some(cell => cell.isHeldBack) ?? false,
      execute: () =>
        tracker.currentWidget?.conversation.artifact.cells.forEach(cell => cell.trust())
    });
    const category = trans.__('Neutrino Lab');
    for (const command of [
      CommandIDs.ask,
      CommandIDs.stopAnswer,
      CommandIDs.keepSession,
      CommandIDs.trustOutputs
    ]) {
      palette?.addItem({ command, category });
    }
    launcher?.add({
      command: CommandIDs.ask,
      args: { isLauncher: true },
      category: trans.__('Other'),
      rank: 1
    });
    void restorer?.restore(tracker, {
      command: CommandIDs.ask,
      args: () => ({ keepFocus: true }),
      name: () => 'ask'
    });
  }
};
