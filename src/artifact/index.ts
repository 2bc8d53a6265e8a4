export { Artifact, asNotebookCell } from './artifact';
export { ArtifactCell, type EventData } from './cell';
export { SessionPane } from './pane';
export { cellsOf, recall } from './recall';
export { untrusting } from './rendering';
export { FollowedSession } from './session';
export { ArtifactView } from './view';
