export { Lenses } from './lenses';
export { FirstRunHint } from './firstrunhint';
