export { authorship } from './authorship';
export { highlight } from './highlight';
export { Offsets } from './offsets';
export { foundIn } from './marks';
export { closeTooltip, openTooltip, tooltips } from './tooltip';
export { completionTrigger, DeclarationCompletion } from './completion';
