export { Lenses } from './lenses';
