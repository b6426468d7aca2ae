import type { Rate } from '../model/chart-data.ts';
import { TimeCounts } from '../model/time-counts.ts';

const FINEST_MS = 10;
/** Enough to look closer at what is drawn. */
const MAX_BINS = 6000;

/** Attempts and welcomes over time. */
export class RateFold {
  readonly attempts = new TimeCounts(FINEST_MS);
  readonly welcomes = new TimeCounts(FINEST_MS);

  finish(startMs: number, durationMs: number): Rate {
    let bin_ms = Math.max(this.attempts.widthMs, this.welcomes.widthMs);
    while (durationMs / bin_ms > MAX_BINS) bin_ms = TimeCounts.wider(bin_ms);
    const first = Math.floor(startMs / bin_ms);
    const bins = Math.floor((startMs + durationMs) / bin_ms) - first + 1;
    const binned = (counts: TimeCounts) => {
      counts.widenTo(bin_ms);
      const sums = new Array<number>(bins).fill(0);
      for (const [timeMs, sum] of counts.entries()) sums[Math.round(timeMs / bin_ms) - first] = sum;
      return sums;
    };
    return {
      bin_ms,
      first_ms: first * bin_ms - startMs,
      attempts: binned(this.attempts),
      welcomes: binned(this.welcomes),
    };
  }
}
