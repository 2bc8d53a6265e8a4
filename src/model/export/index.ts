export { diffLines } from '../preview/text';
export { optionErrors, tick, withCell, type Draft, type OptionError } from './draft';
export { Exports } from './exports';
export { Job, Jobs, type AnyJob } from './job';
export { actions, fraction, isClean, notice, type Notice, type NoticeAction } from './notice';
export { ExportSession, type IExportDocument, type ILastExport } from './session';
export {
  fileTree,
  tellingFolders,
  tally,
  treeRows,
  type Change,
  type IFileNode,
  type ITreeRow,
  type Tally
} from './tree';
