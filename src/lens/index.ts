export { Lenses } from './lenses';
export { Welcome } from './welcome';
