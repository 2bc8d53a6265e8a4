export { DAY_MS, MINUTE_MS, coming, line, stepOf } from './coming';
export { newestFirst, outcomes } from './runs';
export { zoneName, type ZoneChoice } from './zone';
