import type { Series, Spread } from '../model/comparison.ts';
import { isOfMachine, type METRICS, type MetricName, unitOf } from '../model/metrics.ts';
import { rangeOf } from './spread.ts';

/** What makes two runs of one scenario and seed differ. */
type Noise = 'none' | 'timing';

const NOISE: Record<Exclude<keyof typeof METRICS, 'event_loop_delay_p99'>, Noise> = {
  sessions: 'none',
  attempts: 'timing',
  welcomed: 'timing',
  failed_attempts: 'timing',
  losses: 'timing',
  unrecovered_sessions: 'none',
  given_up_sessions: 'none',
  recovery_p50: 'timing',
  recovery_p95: 'timing',
  recovery_p99: 'timing',
  recovery_max: 'timing',
  peak_attempts_per_second: 'timing',
  peak_sessions_down: 'timing',
  reconnects: 'timing',
  reconnects_max: 'timing',
  flapping_sessions: 'none',
  peak_connections: 'timing',
  connections_of_session_max: 'none',
  rejected_handshakes: 'timing',
  sequence_max: 'timing',
};

/** Percentiles that were asked for are as noisy as those that always are. */
const noiseOf = (metric: MetricName): Noise => NOISE[metric as keyof typeof NOISE] ?? 'timing';

/** Of a duration. */
const SHARE = 0.15;
const LEAST_SECONDS = 0.05;
/** From so many runs on, their spread says all about noise. */
const ENOUGH_RUNS = 3;
/** What even repeats that are all the same don't tell apart. */
const RESOLUTION_SECONDS = 0.02;

/** What a value may differ by without being news. */
export interface Noisy {
  value: Spread;
  runs: Series['runs'];
}

export function noiseOfMetric(metric: MetricName, one: Noisy, other: Noisy): number {
  if (isOfMachine(metric)) return Number.POSITIVE_INFINITY;
  if (noiseOf(metric) === 'none') return noise(one, other, 0, 0);
  return unitOf(metric) === 'count' ? noiseOfCount(one, other) : noiseOfDuration(one, other);
}

/** Chance moves a count by about its square root. */
export function noiseOfCount(one: Noisy, other: Noisy): number {
  const yardstick = 2 * Math.sqrt(Math.max(one.value.median, other.value.median));
  return noise(one, other, yardstick, 1);
}

function noiseOfDuration(one: Noisy, other: Noisy): number {
  const longer = Math.max(one.value.median, other.value.median);
  return noise(one, other, Math.max(SHARE * longer, LEAST_SECONDS), RESOLUTION_SECONDS);
}

function noise(one: Noisy, other: Noisy, yardstick: number, resolution: number): number {
  const areEnough = one.runs >= ENOUGH_RUNS && other.runs >= ENOUGH_RUNS;
  // However far each is spread: none of one side's runs came near any of the other's.
  if (areEnough && gapBetween(one.value, other.value) > resolution) return resolution;
  return Math.max(spreadOfBoth(one, other), areEnough ? resolution : yardstick);
}

const gapBetween = (one: Spread, other: Spread): number =>
  Math.max(one.min, other.min) - Math.min(one.max, other.max);

const spreadOfBoth = (one: Noisy, other: Noisy): number =>
  Math.max(rangeOf(one.value), rangeOf(other.value));
