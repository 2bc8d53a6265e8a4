export { CommandIDs } from './ids';
export { register } from './register';
