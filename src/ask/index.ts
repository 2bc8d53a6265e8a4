export { frameAttachment, type IAttachment } from './attachments';
export { Conversation, type IConversationIds } from './conversation';
export { Draft } from './draft';
export { chooseFiles, contentsFile, droppedFiles } from './files';
export { framesOf, valuesOf } from './frames';
export { keepAndOpen } from './keep';
export { AskPane } from './pane';
