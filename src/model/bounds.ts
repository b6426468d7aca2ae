import { parseDuration } from '../core/duration.ts';
import type { Bound, Comparison, MetricUnit } from './metrics.ts';

/** How a bound on a metric is written, and what was expected where it is not. */
export interface BoundForm {
  pattern: RegExp;
  /** As a noun phrase. */
  expected(given: unknown): string;
}

const COMPARED = 'a bound with its comparison (<, <=, >, >= or ==)';
const AMOUNT = String.raw`\d+(?:\.\d+)? ?(?:ms|s|m|h)`;
/** What lacks a comparison, or has another. */
const OTHERWISE_COMPARED = new RegExp(`^[=!]*\\s*(\\d+|${AMOUNT})$`);

const otherwiseCompared = (given: unknown): string | undefined =>
  typeof given === 'string' ? OTHERWISE_COMPARED.exec(given)?.[1] : undefined;

const COUNT: BoundForm = {
  pattern: /^(<=|>=|==|<|>)? *(\d+)$/,
  expected: (given) => {
    const amount = Number(otherwiseCompared(given));
    return Number.isNaN(amount)
      ? 'a bound on a count, such as "< 100" or 3'
      : `${COMPARED}, such as "== ${amount}"`;
  },
};

const DURATION: BoundForm = {
  // None would mean exactly that long, which no run is that was better.
  pattern: new RegExp(`^(<=|>=|==|<|>) *(${AMOUNT})$`),
  expected: (given) => {
    const amount = otherwiseCompared(given);
    return amount === undefined || Number.isFinite(Number(amount))
      ? 'a bound on a duration with its unit (ms, s, m or h), such as "< 5s"'
      : `${COMPARED}, such as "<= ${amount}"`;
  },
};

export const boundForm = (unit: MetricUnit): BoundForm => (unit === 'count' ? COUNT : DURATION);

export const MS_IN: Record<Exclude<MetricUnit, 'count'>, number> = { ms: 1, seconds: 1000 };

/** `< 5s`, `>= 3`; a count without a comparison means `==`. Undefined where it is no bound in that unit. */
export function parseBound(text: string, unit: MetricUnit): Omit<Bound, 'metric'> | undefined {
  const parts = boundForm(unit).pattern.exec(text);
  if (!parts) return undefined;
  const [, comparison = '==', amount = ''] = parts;
  const value =
    unit === 'count' ? Number(amount) : (parseDuration(amount.replace(' ', '')) ?? 0) / MS_IN[unit];
  return { comparison: comparison as Comparison, value, text };
}
