import type { ChartData, ConnectedSteps, Rate } from '../../model/chart-data.ts';
import { duration, TIME_STEPS } from './format.ts';

/** Numbers over time: those of each column hold from its time until the next. */
export interface Steps {
  label: string;
  timeMs: number[];
  columns: number[][];
}

/** What is drawn of a stretch of time, in at most so many steps where there are more to be joined. */
export type StepsOf = (from: number, to: number, most: number) => Steps;

/** Counts in bins that are as narrow as a stretch of that length allows; a bin is never cut in two. */
export function rateSteps({ rate, side, duration_ms }: ChartData): StepsOf {
  const what = side === 'client' ? 'Attempts' : 'Handshakes';
  return (from, to, most) => {
    const width = binWidth(rate.bin_ms, (to - from) / most);
    const edges = edgesOf(rate, width);
    return {
      label: `${what} in each ${width === 1000 ? 'second' : duration(width)}`,
      timeMs: [...edges.map((edge) => Math.max(0, edge)), duration_ms],
      columns: [rate.attempts, rate.welcomes].map((counts) => withEnd(joined(counts, rate, width))),
    };
  };
}

/** A width that a person can think in, of whole bins. */
function binWidth(bin_ms: number, least: number): number {
  const widths = TIME_STEPS.map((seconds) => Math.round(seconds * 1000));
  const fits = (width: number) => width >= least && width >= bin_ms && width % bin_ms === 0;
  return widths.find(fits) ?? bin_ms * Math.max(1, Math.ceil(least / bin_ms));
}

function edgesOf({ bin_ms, first_ms, attempts }: Rate, width: number): number[] {
  const bins = Math.ceil((attempts.length * bin_ms) / width);
  return Array.from({ length: bins }, (_, bin) => first_ms + bin * width);
}

function joined(counts: readonly number[], { bin_ms }: Rate, width: number): number[] {
  const each = width / bin_ms;
  return Array.from({ length: Math.ceil(counts.length / each) }, (_, bin) =>
    counts.slice(bin * each, (bin + 1) * each).reduce((sum, count) => sum + count, 0),
  );
}

/** The last step goes on to the end. */
const withEnd = (values: number[]): number[] => [...values, values.at(-1) ?? 0];

export function connectedSteps({ time_ms, sessions }: ConnectedSteps, durationMs: number): StepsOf {
  const steps = {
    label: 'Sessions connected',
    timeMs: [0, ...time_ms, durationMs],
    columns: [withEnd([0, ...sessions])],
  };
  return () => steps;
}

/** A row for each step; where there are more than `most`, for each of some stretches of time, with both extremes. */
export function stepRows(
  { timeMs, columns }: Steps,
  labels: string[],
  most: number,
): { head: string[]; rows: [fromMs: number, ...values: number[]][] } {
  const begins = timeMs.slice(0, -1);
  if (begins.length <= most) {
    const rows = begins.map((from, step): [number, ...number[]] => [
      from,
      ...columns.map((values) => values[step] as number),
    ]);
    return { head: labels, rows };
  }
  const end = timeMs.at(-1) as number;
  const width = binWidth(1, end / most);
  const rows = Array.from({ length: Math.ceil(end / width) }, (_, row): [number, ...number[]] => {
    const [first, last] = [row * width, Math.min(end, (row + 1) * width) - 0.001];
    const [begin, after] = [stepAt(timeMs, first), stepAt(timeMs, last) + 1];
    const inside = columns.map((values) => values.slice(begin, after));
    return [first, ...inside.flatMap((values) => [Math.min(...values), Math.max(...values)])];
  });
  return { head: labels.flatMap((label) => [`Fewest ${label}`, `Most ${label}`]), rows };
}

/** The step that holds at a time. */
export function stepAt(timeMs: readonly number[], ms: number): number {
  let [low, high] = [0, timeMs.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((timeMs[middle] as number) <= ms) low = middle;
    else high = middle - 1;
  }
  return low;
}
