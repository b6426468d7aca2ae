const SECOND_MS = 1000;

/**
 * The largest count in any second, [t, t + 1000 ms), wherever it begins.
 *
 * @param times milliseconds, ascending
 */
export function peakPerSecond(times: Float64Array): number {
  let peak = 0;
  let first = 0;
  times.forEach((time, last) => {
    while (time - (times[first] ?? time) >= SECOND_MS) first += 1;
    peak = Math.max(peak, last - first + 1);
  });
  return peak;
}

const MAX_BUCKETS = 60;
/** Lengths that a person can think in. */
const BUCKET_SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600, 6 * 3600, 86_400];

/**
 * Counts for each bucket of time since the first time: 60 at most, as short as that allows.
 *
 * @param times milliseconds, ascending
 */
export function countOverTime(times: Float64Array): { bucket_seconds: number; counts: number[] } {
  const first = times[0] ?? 0;
  const spanSeconds = ((times.at(-1) ?? first) - first) / SECOND_MS;
  const fits = (seconds: number) => spanSeconds < seconds * MAX_BUCKETS;
  // A line may have a time far off, and must not make an endless array.
  const bucket_seconds = BUCKET_SECONDS.find(fits) ?? Math.ceil((spanSeconds + 1) / MAX_BUCKETS);
  const bucketOf = (time: number) => Math.floor((time - first) / SECOND_MS / bucket_seconds);
  const counts = new Array<number>(times.length === 0 ? 0 : bucketOf(times.at(-1) ?? 0) + 1).fill(
    0,
  );
  for (const time of times) counts[bucketOf(time)] = (counts[bucketOf(time)] ?? 0) + 1;
  return { bucket_seconds, counts };
}
