export { HttpView } from './view';
