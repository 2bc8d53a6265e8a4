export { OTHER } from './other';
export { KINDS } from './table';
