import type { LinePlace } from '../../model/record.ts';
import type { Rows } from '../../model/rows.ts';
import { BINS, binOf } from './scales.ts';
import { first } from './waves.ts';

/** Shorter ones are what flaps. */
export const SHORTEST_SECONDS = 2;
/** As many as it takes to tell a wave from connections that end by themselves. */
export const SECONDS_KEPT = 3;

/** Connections that lived about as long. */
export interface LifetimeBin {
  count: number;
  /** Seconds. */
  min: number;
  max: number;
  /** The first close in the logs. */
  place: LinePlace;
  /** Different seconds in which some of them ended; as many as are kept. */
  seconds: readonly number[];
}

/** Bin, count, min, max, file, line and offset, then seconds: what threads hand on of each bin. */
const WIDTH = 7 + SECONDS_KEPT;

/** How long connections lived, by bins that are as wide as a fifth of a percent. Small, for bins come at random. */
export class Lifetimes {
  readonly #counts = new Int32Array(BINS);
  readonly #mins = new Float32Array(BINS);
  readonly #maxs = new Float32Array(BINS);
  readonly #rows = new Int32Array(BINS);
  readonly #seconds = new Int32Array(BINS * SECONDS_KEPT);

  add(rows: Rows, closed: number, seconds: number): void {
    if (!(seconds >= SHORTEST_SECONDS)) return;
    const bin = binOf(seconds, SHORTEST_SECONDS);
    const isFirst = (this.#counts[bin] as number) === 0;
    (this.#counts[bin] as number) += 1;
    if (isFirst || seconds < (this.#mins[bin] as number)) this.#mins[bin] = seconds;
    if (isFirst || seconds > (this.#maxs[bin] as number)) this.#maxs[bin] = seconds;
    const known = this.#rows[bin] as number;
    if (isFirst || rows.position(closed) < rows.position(known)) this.#rows[bin] = closed;
    this.#endedIn(bin * SECONDS_KEPT, Math.floor(rows.time(closed) / 1000));
  }

  /** Nothing is kept. */
  take(rows: Rows): Float64Array {
    const counts = this.#counts;
    let used = 0;
    for (let bin = 0; bin < BINS; bin++) if (counts[bin] !== 0) used += 1;
    const taken = new Float64Array(used * WIDTH);
    for (let bin = 0, to = 0; to < taken.length; bin++) {
      const count = counts[bin] as number;
      if (count === 0) continue;
      const row = this.#rows[bin] as number;
      const at = bin * SECONDS_KEPT;
      taken[to++] = bin;
      taken[to++] = count;
      taken[to++] = this.#mins[bin] as number;
      taken[to++] = this.#maxs[bin] as number;
      taken[to++] = rows.file(row);
      taken[to++] = rows.line(row);
      taken[to++] = rows.offset(row);
      for (let nth = 0; nth < SECONDS_KEPT; nth++) taken[to++] = this.#seconds[at + nth] as number;
    }
    counts.fill(0);
    this.#seconds.fill(0);
    return taken;
  }

  #endedIn(at: number, second: number): void {
    const seconds = this.#seconds;
    for (let place = at; place < at + SECONDS_KEPT; place++) {
      if (seconds[place] === second) return;
      if (seconds[place] === 0) {
        seconds[place] = second;
        return;
      }
    }
  }
}

/** What parts tell, put together. */
export class LifetimeSums {
  readonly #bins = new Map<number, LifetimeBin>();

  addAll(taken: Float64Array): void {
    for (let from = 0; from < taken.length; from += WIDTH) {
      const [bin, count, min, max, file, line, offset, ...seconds] = taken.subarray(
        from,
        from + WIDTH,
      ) as unknown as [number, number, number, number, number, number, number, ...number[]];
      const place = { file, line, offset };
      const told = seconds.filter((second) => second !== 0);
      const known = this.#bins.get(bin);
      if (!known) this.#bins.set(bin, { count, min, max, place, seconds: told });
      else {
        known.count += count;
        known.min = Math.min(known.min, min);
        known.max = Math.max(known.max, max);
        known.place = first(known.place, place) as LinePlace;
        if (known.seconds.length < SECONDS_KEPT) {
          known.seconds = [...new Set([...known.seconds, ...told])].slice(0, SECONDS_KEPT);
        }
      }
    }
  }

  /** By their bins, ascending. */
  finish(): Map<number, LifetimeBin> {
    return new Map([...this.#bins].sort(([one], [other]) => one - other));
  }
}
