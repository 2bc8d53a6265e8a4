export { NeutrinoClient, type INeutrinoApi } from './client';
export { CallFailed, ServerPartMissing } from './errors';
export { listen } from './events';
