import { parseBound } from '../model/bounds.ts';
import { type BoundOutcome, type MetricName, type MetricUnit, unitOf } from '../model/metrics.ts';
import { milliseconds, number, seconds } from './format.ts';

const SHOWN: Record<MetricUnit, (value: number) => string> = {
  count: number,
  seconds,
  ms: milliseconds,
};

/** `585 ms`, `1,204`, `not measured`. */
export const metricValue = (metric: MetricName, value: number | null): string =>
  value === null ? 'not measured' : SHOWN[unitOf(metric)](value);

/** `< 4 s`. */
export function boundText(metric: MetricName, text: string): string {
  const bound = parseBound(text, unitOf(metric));
  return bound ? `${bound.comparison} ${metricValue(metric, bound.value)}` : text;
}

/** With more digits where the few that are enough look like the bound. */
export function crossingValue(metric: MetricName, value: number, expected: string): string {
  const shown = metricValue(metric, value);
  const units: Record<MetricUnit, string> = { count: '', seconds: ' s', ms: ' ms' };
  return expected.endsWith(` ${shown}`) ? `${value}${units[unitOf(metric)]}` : shown;
}

/** `recovery_p95 585 ms < 4 s`; where it is not held, `recovery_p95 5.2 s, expected < 4 s`. */
export function boundOutcome({ metric, measured, held, text }: BoundOutcome): string {
  const expected = boundText(metric, text);
  if (held || measured === null) {
    return `${metric} ${metricValue(metric, measured)}${held ? ' ' : ', expected '}${expected}`;
  }
  return `${metric} ${crossingValue(metric, measured, expected)}, expected ${expected}`;
}
