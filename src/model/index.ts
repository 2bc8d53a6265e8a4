export type { Scheme } from './address';
export { NotebookAnalysis } from './analysis';
export { CallLog, type ILogged } from './calls';
export type { IStatus, IEvidence, IRow, Reason, StatusKind } from './status';
export { isGoing, isUp } from './status';
export { isTrusted, kernelName } from './document';
export * from './export';
export { JournalFeed } from './journal';
export { NeutrinoModel } from './model';
export { adopt, takeOver } from './provenance';
export { NotebookState, type ISnapshot } from './notebook';
export {
  DEFAULTS,
  Preferences,
  type IChatOptions,
  type IPreferences,
  type LensMode
} from './preferences';
export { Reconnection } from './reconnect';
export { ServedNotebooks, type Connection } from './served';
