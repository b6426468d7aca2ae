import * as z from 'zod';
import { boundForm, parseBound } from '../model/bounds.ts';
import type { Bound, MetricUnit } from '../model/metrics.ts';

/** A bound on a metric of that unit: `"< 5s"`, `">= 3"`; a count without a comparison means `==`. */
export function bound(unit: MetricUnit) {
  const { pattern, expected } = boundForm(unit);
  const error = ({ input }: { input?: unknown }) => expected(input);
  const text = z.string({ error }).regex(pattern, { error });
  const written =
    unit === 'count'
      ? z.union([z.int().min(0, { error }).transform(String), text], { error })
      : text;
  return written
    .transform((text) => parseBound(text, unit) as Omit<Bound, 'metric'>)
    .meta({ title: `bound on a ${unit === 'count' ? 'count' : 'duration'}` });
}
