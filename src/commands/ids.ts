/**
 * The names of our commands: what the views call, and what shortcuts, menus and toolbars name.
 */
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import type { Fix } from '../protocol';

export namespace CommandIDs {
  export const serve = 'neutrino-lab:serve-notebook';
  export const stop = 'neutrino-lab:stop-notebook';
  export const update = 'neutrino-lab:update-served';
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
  export const copySnippet = 'neutrino-lab:copy-snippet';
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
  export const runCell = 'neutrino-lab:run-cell';
  export const restartKernel = 'neutrino-lab:restart-kernel';
  export const retry = 'neutrino-lab:retry-connection';
}

/** What `applyFix` is called with. */
export function fixArgs(cellId: string, { title, span, text }: Fix): ReadonlyJSONObject {
  return { cellId, title, text, span: { ...span } };
}
