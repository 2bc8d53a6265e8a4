export {
  complaintText,
  complaintsAbout,
  complaintsOf,
  misfits,
  within,
  type IComplaint
} from './complaints';
export { Examples, type IExample } from './examples';
export { SHOWN_BYTES, type Exchange } from './exchange';
export { httpOf, type HttpPreview } from './http';
export {
  bodyText,
  fitsForm,
  headerTrouble,
  outgoing,
  withBodyText,
  type IOutgoing
} from './request';
export type { ITarget, PreviewTarget, Refusal, TargetKind } from './target';
export { asSchema, choices, placeholder, properties, required, resolve } from './schema';
export type { IField, Schema } from './schema';
export { isNamed, isSecret, keepable, secretNames, type SecretNames } from './secrets';
export { PreviewSession } from './session';
export { PreviewSessions } from './sessions';
export { LANGUAGES, snippet, type Language } from './snippets';
export { isDeep, printJson } from './json';
export { difference, pretty, table, type IDifference, type ITable } from './text';
export { asTree, editorOf, parse, print, put, valueOf, withValue } from './values';
export type { Editor, IDraft, IValues } from './values';
export { whenUp } from './waiting';
