import { addCloses, type CloseCount } from './close-counts.ts';
import { type LifetimeBin, LifetimeSums } from './lifetimes.ts';
import { GRID_STEPS, MS_PLACES } from './scales.ts';
import { addStandouts, noStandouts, type Standouts } from './standouts.ts';
import { type Counts, Tally } from './tally.ts';
import { type WaveSecond, Waves } from './waves.ts';

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
  /** Changes, by steps of the grid. */
  connected: Counts;
  down: Counts;
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
  readonly #connected = new Tally(GRID_STEPS);
  readonly #down = new Tally(GRID_STEPS);
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
    this.#connected.addAll(data.connected);
    this.#down.addAll(data.down);
    this.#lifetimes.addAll(data.lifetimes);
    addCloses(this.#closes, data.closes);
    this.#waves.addAll(data.waves);
  }

  finish(): Activity {
    return {
      ...this.#sums,
      recoveries: this.#recoveries.take(),
      peakConnected: peak(this.#connected.take()),
      peakDown: peak(this.#down.take()),
      lifetimes: this.#lifetimes.finish(),
      closes: this.#closes,
      waves: this.#waves.take(),
    };
  }
}

/** The largest sum from the first step on. */
function peak({ counts }: Counts): number {
  let sum = 0;
  let most = 0;
  for (const change of counts) {
    sum += change;
    if (sum > most) most = sum;
  }
  return most;
}
