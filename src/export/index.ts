export { ExportActions } from './actions';
export { announceExports } from './voice';
export { ExportNotification } from './notification';
export { ExportPane } from './pane';
