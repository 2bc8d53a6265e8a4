export { NotebookAnalysis } from './analysis';
export type { ICondition, IEvidence, IRow, Reason, Word } from './condition';
export { isUp } from './condition';
export { NeutrinoModel } from './model';
export { NotebookState, type ISnapshot } from './notebook';
export { DEFAULTS, Preferences, type IPreferences, type LensMode } from './preferences';
export { Reconnection } from './reconnect';
export { ServedNotebooks, type Connection } from './served';
