import { parseDuration } from '../core/duration.ts';
import type { Bound, Comparison, MetricUnit } from './metrics.ts';

/** How a bound on a metric is written, and what was expected where it is not. */
export interface BoundForm {
  pattern: RegExp;
  /** As a noun phrase. */
  expected(given: unknown): string;
}

const COUNT: BoundForm = {
  pattern: /^(<=|>=|==|<|>)? *(\d+)$/,
  expected: () => 'a bound on a count, such as "< 100" or 3',
};
const AMOUNT = String.raw`\d+(?:\.\d+)?(?:ms|s|m|h)`;
const BARE = new RegExp(`^${AMOUNT}$`);

const DURATION: BoundForm = {
  // None would mean exactly that long, which no run is that was better.
  pattern: new RegExp(`^(<=|>=|==|<|>) *(${AMOUNT})$`),
  expected: (given) =>
    typeof given === 'string' && BARE.test(given)
      ? `a bound with its comparison, such as "<= ${given}"`
      : 'a bound on a duration with its unit (ms, s, m or h), such as "< 5s"',
};

export const boundForm = (unit: MetricUnit): BoundForm => (unit === 'count' ? COUNT : DURATION);

export const MS_IN: Record<Exclude<MetricUnit, 'count'>, number> = { ms: 1, seconds: 1000 };

/** `< 5s`, `>= 3`; a count without a comparison means `==`. Undefined where it is no bound in that unit. */
export function parseBound(text: string, unit: MetricUnit): Omit<Bound, 'metric'> | undefined {
  const parts = boundForm(unit).pattern.exec(text);
  if (!parts) return undefined;
  const [, comparison = '==', amount = ''] = parts;
  const value = unit === 'count' ? Number(amount) : (parseDuration(amount) ?? 0) / MS_IN[unit];
  return { comparison: comparison as Comparison, value, text };
}
