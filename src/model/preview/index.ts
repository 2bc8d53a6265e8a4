export { PreviewSession } from './session';
