export { CallFailed, ServerPartMissing } from './calls';
export { NeutrinoClient, type INeutrinoApi } from './client';
export { DraftsClient, type IDraftsApi } from './drafts';
export { listen } from './events';
export {
  ExecutionClient,
  type ChatMessage,
  type IChatBody,
  type IChatModel,
  type IChatOptions,
  type IDecision,
  type IExecutionApi,
  type ISessionEvent,
  type ISessionListener
} from './execution';
export { LineLost, type IServerEvent } from './streams';
export { SessionsClient, type ISessionsApi, type ISessionsListener } from './sessions';
