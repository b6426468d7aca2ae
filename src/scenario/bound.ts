import * as z from 'zod';
import { parseDuration } from '../core/duration.ts';
import type { Bound, Comparison, MetricUnit } from '../model/metrics.ts';

const MS_IN: Record<MetricUnit, number> = { count: 1, milliseconds: 1, seconds: 1000 };
const COUNT = /^(<=|>=|==|<|>)? *(\d+)$/;
const DURATION = /^(<=|>=|==|<|>)? *(\d+(?:\.\d+)?(?:ms|s|m|h))$/;

/** A bound on a metric of that unit: `"< 5s"`, `">= 3"`; without a comparison it means `==`. */
export function bound(unit: MetricUnit) {
  return unit === 'count' ? countBound : durationBound(unit);
}

const COUNT_EXPECTED = 'a bound on a count, such as "< 100" or 3';

const countBound = z
  .union(
    [
      z.int().min(0, { error: COUNT_EXPECTED }).transform(String),
      z.string().regex(COUNT, { error: COUNT_EXPECTED }),
    ],
    { error: COUNT_EXPECTED },
  )
  .transform((text) => toBound(COUNT, text, Number))
  .meta({ title: 'bound on a count' });

const DURATION_EXPECTED = 'a bound on a duration with its unit (ms, s, m or h), such as "< 5s"';

const durationBound = (unit: MetricUnit) =>
  z
    .string({ error: DURATION_EXPECTED })
    .regex(DURATION, { error: DURATION_EXPECTED })
    .transform((text) =>
      toBound(DURATION, text, (value) => (parseDuration(value) ?? 0) / MS_IN[unit]),
    )
    .meta({ title: 'bound on a duration' });

function toBound(
  pattern: RegExp,
  text: string,
  parse: (value: string) => number,
): Omit<Bound, 'metric'> {
  const [, comparison = '==', value = ''] = pattern.exec(text) ?? [];
  return { comparison: comparison as Comparison, value: parse(value), text };
}
