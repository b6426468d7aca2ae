/** Metrics by the names used in `summary.json`, under `expect`, and in reports. */

import type { Evidence, FindingCode } from './findings.ts';
import type { ObservationName } from './observations.ts';

/** How a metric is counted, which says how a bound on it is written and shown. */
export type MetricUnit = 'count' | 'seconds' | 'ms';

export const METRICS = {
  sessions: 'count',
  attempts: 'count',
  welcomed: 'count',
  failed_attempts: 'count',
  losses: 'count',
  unrecovered_sessions: 'count',
  given_up_sessions: 'count',
  recovery_p50: 'seconds',
  recovery_p95: 'seconds',
  recovery_p99: 'seconds',
  recovery_max: 'seconds',
  peak_attempts_per_second: 'count',
  peak_sessions_down: 'count',
  reconnects: 'count',
  reconnects_max: 'count',
  flapping_sessions: 'count',
  peak_connections: 'count',
  connections_of_session_max: 'count',
  rejected_handshakes: 'count',
  sequence_max: 'count',
  event_loop_delay_p99: 'ms',
} as const satisfies Record<string, MetricUnit>;

/** Any percentile of recovery from 1 to 99: `recovery_p90`. Measured where a bound asks for it. */
export type PercentileName = `recovery_p${number}`;
export type MetricName = keyof typeof METRICS | PercentileName;

const PERCENTILE = /^recovery_p([1-9]\d?)$/;

export const isMetric = (name: string): name is MetricName =>
  Object.hasOwn(METRICS, name) || PERCENTILE.test(name);

/** 0.9 for `recovery_p90`; undefined where it is no percentile. */
export function percentileOf(name: MetricName): number | undefined {
  const [, percent] = PERCENTILE.exec(name) ?? [];
  return percent === undefined ? undefined : Number(percent) / 100;
}

export const unitOf = (name: MetricName): MetricUnit =>
  METRICS[name as keyof typeof METRICS] ?? 'seconds';

/** Whether it tells of the machine that a run was made on, and nothing of what was stormed. */
export const isOfMachine = (name: MetricName): boolean => name === 'event_loop_delay_p99';

/**
 * Values of a run. Durations are in the unit `METRICS` gives. null: there was nothing to measure (no
 * losses, say). `event_loop_delay_p99` here is the larger of both processes.
 */
export type Metrics = Record<keyof typeof METRICS, number | null> & {
  [percentile: PercentileName]: number | null;
  close_codes: Record<'client' | 'server', Record<string, number>>;
  event_loop_delay_p99_by_process: Record<'client' | 'server', number | null>;
  /** connection_attempt lines in each bucket of time since the first, for the sparkline. */
  attempts_over_time: { bucket_seconds: number; counts: number[] };
};

export type Comparison = '<' | '<=' | '>' | '>=' | '==';

/** One bound of `expect`: `recovery_p95: "< 5s"`. `value` is in the metric's unit. */
export interface Bound {
  metric: MetricName;
  comparison: Comparison;
  value: number;
  /** As the user wrote it. */
  text: string;
  /** Where a scenario has it; left out where an option said it. */
  where?: Evidence;
}

/** What became of a bound. One on a metric that was not measured is not held. */
export interface BoundOutcome extends Bound {
  measured: number | null;
  held: boolean;
}

/** What a scenario expects beside the checks. */
export interface Expectations {
  bounds: Bound[];
  /** Findings that must occur; they, and only they, are then no failure. */
  findings: FindingCode[];
  /** Observations that must not be made. */
  observations: ObservationName[];
}
