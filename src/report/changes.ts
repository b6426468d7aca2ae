import type { Spread, ValueChange } from '../model/comparison.ts';
import type { MetricName } from '../model/metrics.ts';
import { metricValue } from './bounds.ts';

/** `2.84 s`; of several runs `2.84 s ±260 ms`: so far is the farthest from the median. */
export function spreadValue(metric: MetricName, value: Spread | null): string {
  const median = metricValue(metric, value?.median ?? null);
  if (value === null || value.min === value.max) return median;
  const farthest = Math.max(value.max - value.median, value.median - value.min);
  return `${median} ±${metricValue(metric, farthest)}`;
}

/** `+1.6 s`, `−134`. */
export const signedValue = (metric: MetricName, value: number): string =>
  `${signOf(value)}${metricValue(metric, Math.abs(value))}`;

/** `+320 %`; undefined where nothing changed, or it was 0 before, of which nothing is a share. */
export function shareText({ share }: ValueChange): string | undefined {
  if (!share) return undefined;
  const percent = Math.abs(share * 100);
  return `${signOf(share)}${percent.toFixed(percent < 10 ? 1 : 0)} %`;
}

/** The minus that stands as high and wide as the plus. */
const signOf = (value: number): string => (value < 0 ? '−' : '+');

/** What a person calls a metric, and what stands behind its number. */
const PHRASES: Partial<Record<MetricName, [name: string, unit: string]>> = {
  peak_attempts_per_second: ['the peak', ' attempts a second'],
  peak_sessions_down: ['the peak', ' sessions down at once'],
  peak_connections: ['the peak', ' connections at once'],
};

/** `the peak fell from 180 to 46 attempts a second (−74 %)` */
export function changeText(
  metric: MetricName,
  was: Spread,
  is: Spread,
  change: ValueChange,
): string {
  const [name, unit] = PHRASES[metric] ?? [metric.replaceAll('_', ' '), ''];
  const [from, to] = [was, is].map(({ median }) => metricValue(metric, median));
  const moved = change.difference < 0 ? 'fell' : 'rose';
  const share = shareText(change);
  return `${name} ${moved} from ${from} to ${to}${unit}${share ? ` (${share})` : ''}`;
}
