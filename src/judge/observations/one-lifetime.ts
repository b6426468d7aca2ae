import type { LifetimeBin } from '../activity/lifetimes.ts';
import { MAX_LINES, type Observe } from './observe.ts';

const MIN_CONNECTIONS = 3;
/** Of the connections that got so old. */
const SHARE_OF_OLD = 0.5;
const SHARE_OF_ALL = 0.1;
/** A wave ends connections that began together: here they end at different times. */
const MIN_SECONDS = 3;
/** Bins that lie beside each other: 0.6 % of a lifetime. */
const WINDOW = 3;

interface Window {
  bins: LifetimeBin[];
  count: number;
}

/** Many connections, of those that got so old, end at one age: something closes them then. */
export const oneLifetime: Observe<'one-lifetime'> = ({ lifetimes, closes }) => {
  const all = closes.reduce((sum, { count }) => sum + count, 0);
  let old = [...lifetimes.values()].reduce((sum, { count }) => sum + count, 0);
  let most: Window | undefined;
  for (const [bin, { count }] of lifetimes) {
    const window = windowFrom(bin, lifetimes);
    const isOne =
      window.count >= MIN_CONNECTIONS &&
      window.count >= SHARE_OF_OLD * old &&
      window.count >= SHARE_OF_ALL * all &&
      new Set(window.bins.flatMap(({ seconds }) => seconds)).size >= MIN_SECONDS;
    if (isOne && window.count > (most?.count ?? 0)) most = window;
    old -= count;
  }
  if (!most) return undefined;
  const min = Math.min(...most.bins.map((bin) => bin.min));
  const max = Math.max(...most.bins.map((bin) => bin.max));
  return {
    details: {
      connections: most.count,
      of: all,
      seconds: rounded((min + max) / 2),
      within_seconds: rounded(max - min),
    },
    lines: most.bins.map(({ place }) => place).slice(0, MAX_LINES),
  };
};

function windowFrom(bin: number, lifetimes: ReadonlyMap<number, LifetimeBin>): Window {
  const bins = Array.from({ length: WINDOW }, (_, nth) => lifetimes.get(bin + nth)).filter(
    (one) => one !== undefined,
  );
  return { bins, count: bins.reduce((sum, { count }) => sum + count, 0) };
}

export const rounded = (seconds: number): number => Number(seconds.toFixed(3));
