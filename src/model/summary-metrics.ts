/** Metrics as `summary.json` has them: by names that end with their unit, as those of the logs do. */

import { isMetric, type METRICS, type MetricName, type Metrics, unitOf } from './metrics.ts';

type Named = typeof METRICS;

/** `recovery_p95_seconds` of `recovery_p95`; a count has the metric's own name. */
export type MetricField = {
  [N in keyof Named]: Named[N] extends 'count' ? N : `${N}_${Named[N]}`;
}[keyof Named];

export type SummaryMetrics = Record<MetricField, number | null> & {
  [percentile: `recovery_p${number}_seconds`]: number | null;
} & Pick<Metrics, 'close_codes' | 'attempts_over_time'> & {
    event_loop_delay_p99_ms_by_process: Metrics['event_loop_delay_p99_by_process'];
  };

export function fieldOf(metric: MetricName): string {
  const unit = unitOf(metric);
  return unit === 'count' ? metric : `${metric}_${unit}`;
}

/** The other way round; any other name is as it is. */
export const metricOf = (field: string): string => field.replace(/_(?:seconds|ms)$/, '');

/** The metrics, percentiles that were asked for among them. */
const namesIn = (metrics: object): MetricName[] => Object.keys(metrics).filter(isMetric);

export function toSummary(metrics: Metrics): SummaryMetrics {
  const { event_loop_delay_p99_by_process, close_codes, attempts_over_time } = metrics;
  return {
    ...Object.fromEntries(namesIn(metrics).map((name) => [fieldOf(name), metrics[name]])),
    event_loop_delay_p99_ms_by_process: event_loop_delay_p99_by_process,
    close_codes,
    attempts_over_time,
  } as SummaryMetrics;
}

/** The other way round. */
export function ofSummary(metrics: SummaryMetrics): Metrics {
  const { event_loop_delay_p99_ms_by_process, close_codes, attempts_over_time, ...values } =
    metrics;
  const named = Object.entries(values).map(([field, value]) => [metricOf(field), value] as const);
  return {
    ...Object.fromEntries(named.filter(([name]) => isMetric(name))),
    event_loop_delay_p99_by_process: event_loop_delay_p99_ms_by_process,
    close_codes,
    attempts_over_time,
  } as Metrics;
}
