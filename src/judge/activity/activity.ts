import { addCloses, type CloseCount } from './close-counts.ts';
import { type LifetimeBin, LifetimeSums } from './lifetimes.ts';
import { GRID_STEPS, MS_PLACES } from './scales.ts';
import { addStandouts, noStandouts, type Standouts } from './standouts.ts';
import { type Counts, Tally } from './tally.ts';
import { type WaveSecond, Waves } from './waves.ts';

/** Beside each other, for steps come at random, and most that are lost are no longer connected. */
export const [CONNECTED, DOWN] = [0, 1];

/** What sessions did: sums, so that those of some sessions are added to those of others. */
export interface ActivitySums {
  sessions: number;
  connections: number;
  reconnects: number;
  /** Of one session. */
  reconnectsMax: number;
  /** Connections of one session at once; null where none is known to have been open. */
  atOnceMax: number | null;
  losses: number;
  flapping: Standouts;
  ghosts: Standouts;
}

/** The same with what takes many numbers. Plain data: threads hand it on. */
export interface ActivityData extends ActivitySums {
  /** By `placeOfMs`. */
  recoveries: Counts;
  /** Of each step of the grid: by how many more are `CONNECTED`, and by how many more are `DOWN`. */
  changes: Counts;
  lifetimes: Float64Array;
  closes: CloseCount[];
  waves: WaveSecond[];
}

/** What all sessions did. */
export interface Activity extends ActivitySums {
  recoveries: Counts;
  peakConnected: number;
  peakDown: number;
  lifetimes: Map<number, LifetimeBin>;
  closes: CloseCount[];
  waves: WaveSecond[];
}

export const noActivity = (): ActivitySums => ({
  sessions: 0,
  connections: 0,
  reconnects: 0,
  reconnectsMax: 0,
  atOnceMax: null,
  losses: 0,
  flapping: noStandouts(),
  ghosts: noStandouts(),
});

/** Adds up what parts tell. */
export class ActivitySum {
  readonly #sums = noActivity();
  readonly #recoveries = new Tally(MS_PLACES);
  readonly #changes = new Tally(2 * GRID_STEPS);
  readonly #lifetimes = new LifetimeSums();
  readonly #closes: CloseCount[] = [];
  readonly #waves = new Waves();

  add(data: ActivityData): void {
    const sums = this.#sums;
    for (const field of ['sessions', 'connections', 'reconnects', 'losses'] as const) {
      sums[field] += data[field];
    }
    sums.reconnectsMax = Math.max(sums.reconnectsMax, data.reconnectsMax);
    if (data.atOnceMax !== null) sums.atOnceMax = Math.max(sums.atOnceMax ?? 0, data.atOnceMax);
    addStandouts(sums.flapping, data.flapping);
    addStandouts(sums.ghosts, data.ghosts);
    this.#recoveries.addAll(data.recoveries);
    this.#changes.addAll(data.changes);
    this.#lifetimes.addAll(data.lifetimes);
    addCloses(this.#closes, data.closes);
    this.#waves.addAll(data.waves);
  }

  finish(): Activity {
    const changes = this.#changes.take();
    return {
      ...this.#sums,
      recoveries: this.#recoveries.take(),
      peakConnected: peak(changes, CONNECTED),
      peakDown: peak(changes, DOWN),
      lifetimes: this.#lifetimes.finish(),
      closes: this.#closes,
      waves: this.#waves.take(),
    };
  }
}

/** The largest sum from the first step on. */
function peak({ from, counts }: Counts, kind: number): number {
  let sum = 0;
  let most = 0;
  for (let at = (from + kind) % 2; at < counts.length; at += 2) {
    sum += counts[at] as number;
    if (sum > most) most = sum;
  }
  return most;
}
