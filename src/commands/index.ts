export { CommandIDs, invoke, menuItem } from '../commandids';
export { endpointRow } from './locate';
export { OpenNotebooks } from './notebooks';
export { register } from './register';
