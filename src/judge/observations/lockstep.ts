import type { DelayBin } from '../activity/waves.ts';
import { MAX_LINES, type Observe } from './observe.ts';
import { rounded } from './one-lifetime.ts';
import { type Wave, wavesOf } from './waves-of.ts';

const MIN_SESSIONS = 10;
const MIN_SHARE = 0.8;
/** So much of the usual delay may lie between the first and the last; of short delays more, for no timer is exact. */
const WINDOW_SHARE = 0.1;
const SHORT_SHARE = 0.3;
const SHORT_MS = 100;

const windowMs = (usualMs: number): number =>
  Math.max(WINDOW_SHARE * usualMs, Math.min(SHORT_MS, SHORT_SHARE * usualMs));

interface Return {
  wave: Wave;
  sessions: number;
  afterMs: number;
  withinMs: number;
}

/** Sessions that were lost within a second come back as closely together: their clients wait without jitter. */
export const lockstep: Observe<'lockstep'> = ({ waves }) => {
  const returns = wavesOf(waves).flatMap((wave) => returnOf(wave) ?? []);
  const [largest] = returns.toSorted((one, other) => other.sessions - one.sessions);
  if (!largest) return undefined;
  return {
    details: {
      sessions: largest.sessions,
      after_seconds: rounded(largest.afterMs / 1000),
      within_seconds: rounded(largest.withinMs / 1000),
      times: 1 + returns.slice(1).filter(({ wave }) => !wave.isSequel).length,
    },
    lines: returns.flatMap(({ wave }) => wave.back ?? []).slice(0, MAX_LINES),
  };
};

function returnOf(wave: Wave): Return | undefined {
  const bins = [...wave.delays].sort(([one], [other]) => one - other).map(([, delays]) => delays);
  const all = bins.reduce((sum, [count]) => sum + count, 0);
  if (all < MIN_SESSIONS) return undefined;
  const usual = middleOf(bins, all);
  // By a clock of seconds, all that came back within one look as if they had come at once.
  if (wave.unitMs > windowMs(usual)) return undefined;
  const { sessions, min, max } = closest(bins, windowMs(usual));
  if (sessions < MIN_SESSIONS || sessions < MIN_SHARE * all) return undefined;
  return { wave, sessions, afterMs: usual, withinMs: max - min };
}

function middleOf(bins: readonly DelayBin[], all: number): number {
  let rank = Math.ceil(all / 2);
  const [, min, max] = bins.find(([count]) => {
    rank -= count;
    return rank <= 0;
  }) as DelayBin;
  return (min + max) / 2;
}

/** The most returns that lie no further apart than that. */
function closest(bins: readonly DelayBin[], withinMs: number) {
  let best = { sessions: 0, min: 0, max: 0 };
  let from = 0;
  let sessions = 0;
  for (const [count, , max] of bins) {
    sessions += count;
    while (max - (bins[from] as DelayBin)[1] > withinMs && sessions > count) {
      sessions -= (bins[from] as DelayBin)[0];
      from += 1;
    }
    const min = (bins[from] as DelayBin)[1];
    if (max - min <= withinMs && sessions > best.sessions) best = { sessions, min, max };
  }
  return best;
}
