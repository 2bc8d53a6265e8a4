export { authorship } from './authorship';
export { highlight } from './highlight';
export { marksOf, type IMark } from './marks';
export { Offsets, type IRange } from './offsets';
export { foundIn, type IFound } from './found';
export { closeTooltip, openTooltip, tooltips } from './tooltip';
export { completionTrigger, DeclarationCompletion } from './completion';
