export { Artifact, asNotebookCell } from './artifact';
export { ArtifactCell, type EventData } from './cell';
export { untrusting } from './rendering';
export { ArtifactView } from './view';
