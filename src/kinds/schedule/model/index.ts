export { coming, line, stepOf, type IComing, type ILine } from './coming';
export { newestFirst, outcomes, type Outcomes } from './runs';
export { zoneName, type ZoneChoice } from './zone';
export { journalOf } from './journal';
