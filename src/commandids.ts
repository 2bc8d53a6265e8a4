/**
 * The names of our commands: what the views call, and what shortcuts, menus and toolbars name.
 */
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject, ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Menu } from '@lumino/widgets';
import type { Fix } from './protocol';

export namespace CommandIDs {
  export const serve = 'neutrino-lab:serve-notebook';
  export const stop = 'neutrino-lab:stop-notebook';
  export const update = 'neutrino-lab:update-served';
  export const startOver = 'neutrino-lab:start-over';
  export const toggle = 'neutrino-lab:toggle-serving';
  export const save = 'neutrino-lab:save-notebook';
  export const openDocs = 'neutrino-lab:open-docs';
  export const copyUrl = 'neutrino-lab:copy-url';
  export const copyKey = 'neutrino-lab:copy-key';
  export const exportDocker = 'neutrino-lab:export-docker';
  export const next = 'neutrino-lab:next-declaration';
  export const previous = 'neutrino-lab:previous-declaration';
  export const openPreview = 'neutrino-lab:open-preview';
  export const tryEndpoint = 'neutrino-lab:try-endpoint';
  export const send = 'neutrino-lab:send-request';
  export const resetRequest = 'neutrino-lab:reset-request';
  export const copySnippet = 'neutrino-lab:copy-snippet';
  export const sendOnChange = 'neutrino-lab:send-on-change';
  export const runExamples = 'neutrino-lab:run-examples';
  export const pasteCurl = 'neutrino-lab:paste-curl';
  export const resume = 'neutrino-lab:resume-cell';
  export const applyFix = 'neutrino-lab:apply-fix';
  export const showFixes = 'neutrino-lab:show-fixes';
  export const nextProblem = 'neutrino-lab:next-problem';
  export const previousProblem = 'neutrino-lab:previous-problem';
  export const explain = 'neutrino-lab:explain-declaration';
  export const closeTooltip = 'neutrino-lab:close-tooltip';
  export const declareFunction = 'neutrino-lab:declare-function';
  export const insertSample = 'neutrino-lab:insert-sample';
  export const createService = 'neutrino-lab:create-service';
  export const reveal = 'neutrino-lab:reveal-cell';
  export const showPanel = 'neutrino-lab:show-panel';
  export const runSchedule = 'neutrino-lab:run-schedule';
  export const pauseSchedule = 'neutrino-lab:pause-schedule';
  export const streamSource = 'neutrino-lab:stream-source';
  export const generate = 'neutrino-lab:generate-operator';
  export const runCell = 'neutrino-lab:run-cell';
  export const restartKernel = 'neutrino-lab:restart-kernel';
  export const retry = 'neutrino-lab:retry-connection';
  export const ask = 'neutrino-lab:ask-model';
  export const openSession = 'neutrino-lab:open-session';
  export const pickSession = 'neutrino-lab:pick-session';
  export const interruptSession = 'neutrino-lab:interrupt-session';
  export const restartSession = 'neutrino-lab:restart-session';
  export const endSession = 'neutrino-lab:end-session';
  export const keepSession = 'neutrino-lab:keep-session';
  export const stopAnswer = 'neutrino-lab:stop-answer';
  export const trustOutputs = 'neutrino-lab:trust-outputs';
}

/** A notebook, by its contents path. */
export interface IInNotebook {
  readonly path: string;
}

/** One endpoint of a notebook. */
export interface IAtEndpoint extends IInNotebook {
  readonly key: string;
}

/** One cell of a notebook. */
interface IAtCell extends IInNotebook {
  readonly cellId: string;
}

/** One session of the execution service. */
interface IOfSession {
  readonly id: string;
}

/**
 * What a view calls each command with. Shortcuts and the palette mean the notebook in front; a view
 * may stand beside another one, so it names its own.
 */
export interface ICommandArgs {
  readonly [CommandIDs.serve]: IInNotebook;
  readonly [CommandIDs.stop]: IInNotebook;
  readonly [CommandIDs.update]: IInNotebook;
  readonly [CommandIDs.startOver]: IInNotebook;
  readonly [CommandIDs.toggle]: IInNotebook;
  readonly [CommandIDs.save]: IInNotebook;
  readonly [CommandIDs.openDocs]: IInNotebook;
  readonly [CommandIDs.copyUrl]: IAtEndpoint;
  readonly [CommandIDs.copyKey]: IInNotebook;
  readonly [CommandIDs.exportDocker]: IInNotebook;
  readonly [CommandIDs.openPreview]: IAtEndpoint;
  readonly [CommandIDs.tryEndpoint]: IAtEndpoint;
  readonly [CommandIDs.copySnippet]: IAtEndpoint;
  readonly [CommandIDs.sendOnChange]: IAtEndpoint;
  readonly [CommandIDs.runExamples]: IInNotebook;
  readonly [CommandIDs.pasteCurl]: IInNotebook;
  readonly [CommandIDs.resetRequest]: IAtEndpoint;
  readonly [CommandIDs.resume]: IAtCell;
  readonly [CommandIDs.applyFix]: IAtCell & Fix;
  readonly [CommandIDs.declareFunction]: IAtCell;
  readonly [CommandIDs.insertSample]: IInNotebook & { readonly kind: string };
  readonly [CommandIDs.reveal]: IAtCell & { readonly line?: number };
  readonly [CommandIDs.runSchedule]: IAtEndpoint;
  readonly [CommandIDs.pauseSchedule]: IAtEndpoint;
  readonly [CommandIDs.streamSource]: IAtEndpoint;
  readonly [CommandIDs.generate]: IAtEndpoint | IAtCell;
  readonly [CommandIDs.runCell]: IAtCell;
  readonly [CommandIDs.restartKernel]: IInNotebook;
  readonly [CommandIDs.showPanel]: { readonly keepFocus?: boolean };
  readonly [CommandIDs.retry]: object;
  readonly [CommandIDs.keepSession]: object;
  readonly [CommandIDs.trustOutputs]: object;
  readonly [CommandIDs.openSession]: IOfSession;
  readonly [CommandIDs.pickSession]: IOfSession;
  readonly [CommandIDs.interruptSession]: IOfSession;
  readonly [CommandIDs.restartSession]: IOfSession;
  readonly [CommandIDs.endSession]: IOfSession;
}

/** Call one of our commands from a view. */
export function invoke<Id extends keyof ICommandArgs>(
  commands: CommandRegistry,
  id: Id,
  args: ICommandArgs[Id]
): Promise<unknown> {
  return commands.execute(id, { ...args } as ReadonlyPartialJSONObject);
}

/** One of our commands in the menu of a view. */
export function menuItem<Id extends keyof ICommandArgs>(
  command: Id,
  args: ICommandArgs[Id]
): Menu.IItemOptions {
  return { command, args: { ...args } as ReadonlyJSONObject };
}
