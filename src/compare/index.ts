/** Runs side by side: a pure function of what they came to. */

export { compareSeries } from './compare.ts';
export { holdToLimits, limitOf } from './limits.ts';
export { seriesOf } from './series.ts';
