import type { Recoveries } from '../model/chart-data.ts';

/** Steps of a decade that a person can think in. */
const STEPS = [1, 1.5, 2, 3, 5, 7];

/**
 * How many recoveries took how long.
 *
 * @param recoveriesMs how often each time came, in milliseconds
 */
export function recoveriesIn(recoveriesMs: ReadonlyMap<number, number>): Recoveries {
  const counts = new Map<number, number>();
  for (const [ms, count] of recoveriesMs)
    counts.set(binOf(ms), (counts.get(binOf(ms)) ?? 0) + count);
  const bins = [...counts.keys()];
  const first = Math.min(...bins);
  const length = bins.length === 0 ? 0 : Math.max(...bins) - first + 1;
  return {
    edges_ms: Array.from({ length: length && length + 1 }, (_, index) => edgeOf(first + index)),
    counts: Array.from({ length }, (_, index) => counts.get(first + index) ?? 0),
  };
}

/** Bins by logarithm, from 1 ms; what is quicker is in the first. */
function binOf(ms: number): number {
  let bin = 0;
  while (edgeOf(bin + 1) <= ms) bin += 1;
  return bin;
}

function edgeOf(bin: number): number {
  return (STEPS[bin % STEPS.length] ?? 1) * 10 ** Math.floor(bin / STEPS.length);
}
