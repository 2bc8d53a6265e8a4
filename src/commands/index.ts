export { CommandIDs, invoke } from '../commandids';
export { endpointRow } from './locate';
export { OpenNotebooks } from './notebooks';
export { register } from './register';
