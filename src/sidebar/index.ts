export { NeutrinoPanel } from './panel';
