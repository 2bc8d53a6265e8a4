/**
 * The commands that help to write declarations.
 */
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import { closeTooltip, openTooltip } from '../editor';
import { fixText, plain, samplesOf, titleText, type IViewContext } from '../view';
import { applyFix, declareFunction, insertSample, plainFunction } from './edits';
import { available, noNotebook, notebookArg, pathOf, withArgs } from './availability';
import { CommandIDs, type ICommandArgs } from '../commandids';
import type { Fix } from '../protocol';
import { editorOf, openFixes, stepToProblem } from './problems';

/** Register them. */
export function registerWriting(view: IViewContext): void {
  registerFixes(view);
  registerProblems(view);
  registerCells(view);
}

function registerFixes(view: IViewContext): void {
  const { commands, model, notebooks, trans, say } = view;
  commands.addCommand(CommandIDs.applyFix, {
    label: args => {
      const { title = '', title_wording = null } = args as Partial<Fix>;
      return fixText({ title, title_wording }, trans);
    },
    describedBy: withArgs(
      {
        cellId: { type: 'string' },
        path: notebookArg(trans),
        title: { type: 'string' },
        title_wording: { type: ['object', 'null'] },
        span: { type: 'object' },
        text: { type: 'string' }
      },
      ['cellId', 'title', 'span', 'text']
    ),
    execute: args => {
      const { path, cellId, ...fix } = args as unknown as ICommandArgs[typeof CommandIDs.applyFix];
      const panel = notebooks.at(path);
      const isDone = panel !== null && applyFix(panel, model, cellId, fix);
      say(
        isDone ? plain(titleText(fix, trans)) : trans.__('The cell has changed; nothing was done.')
      );
    }
  });
  commands.addCommand(CommandIDs.showFixes, {
    ...available(view, trans.__('Fix the Problem at the Cursor…'), noNotebook(view)),
    caption: trans.__('List the fixes of the problem at the cursor'),
    describedBy: withArgs(),
    execute: async () => {
      const panel = notebooks.front;
      if (panel) {
        await model.state(panel.context).analysis.refresh();
        openFixes(panel, view);
      }
    }
  });
}

function registerProblems(view: IViewContext): void {
  const { commands, notebooks, trans, say } = view;
  const step = (id: string, label: string, direction: 1 | -1): void => {
    commands.addCommand(id, {
      ...available(view, label, noNotebook(view)),
      describedBy: withArgs(),
      execute: async () => {
        if (notebooks.front) {
          await stepToProblem(notebooks.front, view, direction);
        }
      }
    });
  };
  step(CommandIDs.nextProblem, trans.__('Go to Next Problem'), 1);
  step(CommandIDs.previousProblem, trans.__('Go to Previous Problem'), -1);
  const editor = (): ReturnType<typeof editorOf> =>
    editorOf(notebooks.front?.content.activeCell ?? null);
  commands.addCommand(CommandIDs.explain, {
    ...available(
      view,
      trans.__('Explain the Declaration at the Cursor'),
      args => noNotebook(view)(args) || (editor() ? '' : trans.__('select a code cell'))
    ),
    describedBy: withArgs(),
    execute: async () => {
      const current = editor();
      if (current) {
        current.focus();
        if (!(await openTooltip(current.editor))) {
          say(trans.__('The cursor is at no word of a declaration.'));
        }
      }
    }
  });
  commands.addCommand(CommandIDs.closeTooltip, {
    label: trans.__('Close the Explanation'),
    describedBy: withArgs(),
    execute: () => {
      const current = editor();
      if (current) {
        closeTooltip(current.editor);
      }
    }
  });
}

function registerCells(view: IViewContext): void {
  const { commands, model, notebooks, trans } = view;
  const functionAt = (args: ReadonlyPartialJSONObject): ReturnType<typeof plainFunction> => {
    const panel = notebooks.at(pathOf(args));
    return panel && plainFunction(panel, model, args.cellId as string | undefined);
  };
  commands.addCommand(CommandIDs.declareFunction, {
    label: args => {
      const found = functionAt(args);
      return found
        ? trans.__('Declare %1 as an Endpoint', found.name)
        : trans.__('Declare Function as an Endpoint');
    },
    caption: trans.__('Write a declaration above the function, from its signature'),
    describedBy: withArgs({ cellId: { type: 'string' }, path: notebookArg(trans) }),
    isEnabled: args => functionAt(args) !== null,
    isVisible: args => functionAt(args) !== null,
    execute: async args => {
      const panel = notebooks.at(pathOf(args));
      const found = functionAt(args);
      if (found && panel) {
        await declareFunction(panel, view, found);
      }
    }
  });
  commands.addCommand(CommandIDs.insertSample, {
    ...available(
      view,
      args =>
        samplesOf(view).find(each => each.kind === (args.kind ?? 'http'))?.command ??
        trans.__('Insert a Cell'),
      noNotebook(view)
    ),
    describedBy: withArgs({
      path: notebookArg(trans),
      kind: {
        type: 'string',
        oneOf: samplesOf(view).map(sample => ({ const: sample.kind }))
      }
    }),
    execute: async args => {
      const panel = notebooks.at(pathOf(args));
      if (panel) {
        await insertSample(panel, view, String(args.kind ?? 'http'));
      }
    }
  });
}
