export { highlight } from './highlight';
export { marksOf, type IMark } from './marks';
export { Offsets, type IRange } from './offsets';
