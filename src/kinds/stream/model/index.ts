export { StreamFeed } from './feed';
export { fieldText, readField } from './params';
export { MOST_POINTS, begin, extend, notDrawn, type ILine, type ISeries } from './series';
