export { registerSnippets } from './copying';
export { PreviewPane } from './pane';
export { Panes } from './panes';
export type { IPreviewProps } from './props';
