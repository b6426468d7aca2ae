import type { Rate } from '../model/chart-data.ts';
import { TimeCounts } from '../model/time-counts.ts';

const SECOND_MS = 1000;
const FINEST_MS = 10;
const MAX_BUCKETS = 20_000;
const MAX_POINTS = 1200;

/** Attempts and welcomes over time. */
export class RateFold {
  readonly attempts = new TimeCounts(FINEST_MS);
  readonly welcomes = new TimeCounts(FINEST_MS);

  finish(startMs: number, durationMs: number): Rate {
    let widthMs = Math.max(this.attempts.widthMs, this.welcomes.widthMs);
    while (durationMs / widthMs > MAX_BUCKETS) widthMs = TimeCounts.wider(widthMs);
    const buckets = Math.floor(durationMs / widthMs) + 1;
    const perPoint = Math.ceil(buckets / MAX_POINTS);
    const perSecond = (counts: TimeCounts) => {
      counts.widenTo(widthMs);
      return highest(sliding(dense(counts, startMs, buckets), widthMs), perPoint);
    };
    return {
      step_ms: widthMs * perPoint,
      window_ms: Math.max(SECOND_MS, widthMs),
      attempts_per_second: perSecond(this.attempts),
      welcomes_per_second: perSecond(this.welcomes),
    };
  }
}

function dense(counts: TimeCounts, startMs: number, buckets: number): Float64Array {
  const sums = new Float64Array(buckets);
  for (const [timeMs, sum] of counts.entries()) {
    // A bucket begins on a round time, so the first may begin before the start.
    const bucket = Math.max(0, Math.floor((timeMs - startMs) / counts.widthMs));
    sums[Math.min(bucket, buckets - 1)] = (sums[Math.min(bucket, buckets - 1)] ?? 0) + sum;
  }
  return sums;
}

/** For each bucket, how many there were in the second that ends with it. */
function sliding(sums: Float64Array, widthMs: number): Float64Array {
  const window = Math.max(1, SECOND_MS / widthMs);
  const seconds = (window * widthMs) / SECOND_MS;
  let inside = 0;
  return sums.map((sum, index) => {
    inside += sum - (sums[index - window] ?? 0);
    return inside / seconds;
  });
}

/** The highest of each few points: a peak is what matters. */
function highest(values: Float64Array, perPoint: number): number[] {
  const points = Math.ceil(values.length / perPoint);
  return Array.from({ length: points }, (_, point) =>
    rounded(Math.max(...values.subarray(point * perPoint, (point + 1) * perPoint))),
  );
}

const rounded = (value: number): number => Math.round(value * 100) / 100;
