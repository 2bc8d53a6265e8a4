export { Announcer } from './announcer';
export { useNow } from './clock';
export type { IViewContext } from './context';
export { logoIcon } from './icons';
export { Badge, Button, Calls, Clients, Condition, Glyph } from './pieces';
export { useSignals } from './signals';
export { Toolbar } from './toolbar';
export * from './wording';
