const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/**
 * Counts over time, one bar each, or each for the highest of several where there are more than
 * `width`. Only nothing at all has the lowest bar.
 */
export function sparkline(counts: number[], width: number): string {
  const perBar = Math.max(1, Math.ceil(counts.length / width));
  const bars = Array.from({ length: Math.ceil(counts.length / perBar) }, (_, bar) =>
    Math.max(...counts.slice(bar * perBar, (bar + 1) * perBar)),
  );
  const highest = Math.max(1, ...bars);
  return bars.map((count) => BARS[Math.ceil((count / highest) * (BARS.length - 1))]).join('');
}
