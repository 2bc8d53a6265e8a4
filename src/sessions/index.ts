export { registerSessions, SESSION_COMMANDS } from './commands';
export { KernelSessions } from './model';
export { SessionsSection } from './section';
export { memoryText, sessionStateText, sessionText } from './wording';
