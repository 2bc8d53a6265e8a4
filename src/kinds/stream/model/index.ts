export { StreamFeed } from './feed';
export { fieldText, readField } from './params';
export { MOST_POINTS, begin, extend, notDrawn, type ISeries } from './series';
