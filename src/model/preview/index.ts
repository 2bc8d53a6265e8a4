export {
  fieldErrorText,
  fieldErrorsAbout,
  fieldErrorsOf,
  misfits,
  within,
  type IFieldError
} from './fielderrors';
export { endpointOf, filledBy, readCurl } from './curl';
export { Examples, savedValues, type IExample } from './examples';
export { SHOWN_BYTES, type Exchange } from './exchange';
export { httpOf, type HttpPreview, type IVerdict } from './http';
export { bodyText, fitsForm, headerError, withBodyText, type IOutgoing } from './request';
export type { SendError } from './target';
export { asSchema, choices, placeholder, properties, required, resolve } from './schema';
export type { IField, Schema } from './schema';
export {
  isNamed,
  isSecret,
  keepable,
  keepableQuery,
  keepableTarget,
  keepableText,
  secretNames,
  type SecretNames
} from './secrets';
export { PreviewSession, PreviewSessions } from './session';
export { LANGUAGES, TOKEN, localPort, snippet, variables, type Language } from './snippets';
export { difference, pretty, type IDifference, type IOrder } from './text';
export { bodySchema, suggestionsAt } from './suggestions';
export { unset, type NotebookVariables } from './variables';
export { asTree, editorOf, parse, toText, put, valueOf, withValue } from './values';
