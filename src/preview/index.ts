export { PaneBody, PreviewPane } from './pane';
export { Panes } from './panes';
