const SECOND_MS = 1000;

/** A line with a time far off must not make an endless array. */
const MAX_SECONDS = 24 * 3600;

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

/**
 * Counts for each second since the first time, for a day at most.
 *
 * @param times milliseconds, ascending
 */
export function countBySecond(times: Float64Array): number[] {
  const seconds = times
    .map((time) => Math.floor((time - (times[0] ?? time)) / SECOND_MS))
    .filter((second) => second < MAX_SECONDS);
  const counts = new Array<number>((seconds.at(-1) ?? -1) + 1).fill(0);
  for (const second of seconds) counts[second] = (counts[second] ?? 0) + 1;
  return counts;
}
