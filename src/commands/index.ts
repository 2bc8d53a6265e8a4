export { CommandIDs } from './ids';
export { endpointRow } from './locate';
export { register } from './register';
