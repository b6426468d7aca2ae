import type { FaultMarks } from '../../model/chart-data.ts';

/** Stretches of time in which some fault lasted: where they overlap, one. */
export function bandsOf({ time_ms, ended_ms }: FaultMarks): [from: number, to: number][] {
  const bands: [number, number][] = [];
  for (const [index, from] of time_ms.entries()) {
    const to = ended_ms[index] ?? -1;
    const last = bands.at(-1);
    if (to < 0) continue;
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else bands.push([from, to]);
  }
  return bands;
}
