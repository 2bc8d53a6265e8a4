export { CommandIDs, invoke, menuItem } from './ids';
export { endpointRow } from './locate';
export { register } from './register';
