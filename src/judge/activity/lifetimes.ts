import type { LinePlace } from '../../model/record.ts';
import type { Rows } from '../../model/rows.ts';
import { placeAt } from './first-places.ts';
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

/** Count, min, max, position and offset of the first close, then seconds: numbers that lie together, for bins come at random. */
const WIDTH = 5 + SECONDS_KEPT;
const [COUNT, MIN, MAX, POSITION, OFFSET, SECONDS] = [0, 1, 2, 3, 4, 5];
/** What threads hand on of each: its bin before. */
const TAKEN = 1 + WIDTH;

/** How long connections lived, by bins that are as wide as a fifth of a percent. */
export class Lifetimes {
  readonly #bins = new Float64Array(BINS * WIDTH);

  /** @param lived seconds, by place: a number that is handed on by itself would be made an object */
  add(rows: Rows, closed: number, lived: Float64Array, place: number): void {
    const seconds = lived[place] as number;
    if (!(seconds >= SHORTEST_SECONDS)) return;
    const bins = this.#bins;
    const at = binOf(seconds, SHORTEST_SECONDS) * WIDTH;
    const position = rows.position(closed);
    const isFirst = bins[at] === 0;
    (bins[at + COUNT] as number) += 1;
    if (isFirst || seconds < (bins[at + MIN] as number)) bins[at + MIN] = seconds;
    if (isFirst || seconds > (bins[at + MAX] as number)) bins[at + MAX] = seconds;
    if (isFirst || position < (bins[at + POSITION] as number)) {
      bins[at + POSITION] = position;
      bins[at + OFFSET] = rows.offset(closed);
    }
    this.#endedIn(at + SECONDS, Math.floor(rows.time(closed) / 1000));
  }

  /** Nothing is kept. */
  take(): Float64Array {
    const taken: number[] = [];
    for (let bin = 0; bin < BINS; bin++) {
      const numbers = this.#bins.subarray(bin * WIDTH, (bin + 1) * WIDTH);
      if (numbers[COUNT] !== 0) taken.push(bin, ...numbers);
    }
    this.#bins.fill(0);
    return Float64Array.from(taken);
  }

  #endedIn(from: number, second: number): void {
    const bins = this.#bins;
    for (let at = from; at < from + SECONDS_KEPT; at++) {
      if (bins[at] === second) return;
      if (bins[at] === 0) {
        bins[at] = second;
        return;
      }
    }
  }
}

/** What parts tell, put together. */
export class LifetimeSums {
  readonly #bins = new Map<number, LifetimeBin>();

  addAll(taken: Float64Array): void {
    for (let from = 0; from < taken.length; from += TAKEN) {
      const [bin, count, min, max, position, offset, ...seconds] = taken.subarray(
        from,
        from + TAKEN,
      ) as unknown as [number, number, number, number, number, number, ...number[]];
      const place = placeAt(position, offset);
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
