export { Drafting } from './drafting';
export { Draftings } from './draftings';
export { GeneratePane } from './pane';
