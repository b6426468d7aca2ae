import type { LinePlace } from '../../model/record.ts';
import type { Rows } from '../../model/rows.ts';
import { BINS, binOf } from './scales.ts';
import { Tally } from './tally.ts';

/** Shorter ones are what flaps. */
export const SHORTEST_SECONDS = 2;
/** As many as it takes to tell a wave from connections that end by themselves. */
export const SECONDS_KEPT = 3;

const [MIN, MAX, FILE, LINE, OFFSET, SECONDS] = [0, 1, 2, 3, 4, 5];
const WIDTH = SECONDS + SECONDS_KEPT;

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

/** How long connections lived, by bins that are as wide as a fifth of a percent. */
export class Lifetimes {
  readonly #counts = new Tally(BINS);
  readonly #values = new Float64Array(BINS * WIDTH);
  #isUsed = new Uint8Array(BINS);

  add(rows: Rows, closed: number, seconds: number): void {
    if (!(seconds >= SHORTEST_SECONDS)) return;
    const bin = binOf(seconds, SHORTEST_SECONDS);
    this.#counts.add(bin);
    const at = bin * WIDTH;
    this.#extend(bin, seconds, seconds);
    this.#cite(at, rows.file(closed), rows.line(closed), rows.offset(closed));
    this.#endedIn(at, Math.floor(rows.time(closed) / 1000));
  }

  /** Bin, count and values of each that has any. Nothing is kept. */
  take(): Float64Array {
    const { from, counts } = this.#counts.take();
    const used = counts.reduce((sum, count) => sum + Number(count > 0), 0);
    const taken = new Float64Array(used * (WIDTH + 2));
    let to = 0;
    counts.forEach((count, nth) => {
      if (count === 0) return;
      const bin = from + nth;
      taken[to] = bin;
      taken[to + 1] = count;
      taken.set(this.#values.subarray(bin * WIDTH, (bin + 1) * WIDTH), to + 2);
      this.#isUsed[bin] = 0;
      to += WIDTH + 2;
    });
    return taken;
  }

  addAll(taken: Float64Array): void {
    for (let from = 0; from < taken.length; from += WIDTH + 2) {
      const bin = taken[from] as number;
      const at = bin * WIDTH;
      const value = (of: number) => taken[from + 2 + of] as number;
      this.#counts.add(bin, taken[from + 1] as number);
      this.#extend(bin, value(MIN), value(MAX));
      this.#cite(at, value(FILE), value(LINE), value(OFFSET));
      for (let nth = 0; nth < SECONDS_KEPT; nth++) this.#endedIn(at, value(SECONDS + nth));
    }
  }

  /** By their bins, ascending. */
  finish(): Map<number, LifetimeBin> {
    const bins = new Map<number, LifetimeBin>();
    const taken = this.take();
    for (let from = 0; from < taken.length; from += WIDTH + 2) {
      const value = (of: number) => taken[from + 2 + of] as number;
      const seconds = Array.from({ length: SECONDS_KEPT }, (_, nth) => value(SECONDS + nth));
      bins.set(taken[from] as number, {
        count: taken[from + 1] as number,
        min: value(MIN),
        max: value(MAX),
        place: { file: value(FILE), line: value(LINE), offset: value(OFFSET) },
        seconds: seconds.filter((second) => second !== 0),
      });
    }
    return bins;
  }

  #extend(bin: number, min: number, max: number): void {
    const values = this.#values;
    const at = bin * WIDTH;
    if (this.#isUsed[bin] === 0) {
      this.#isUsed[bin] = 1;
      values.fill(0, at, at + WIDTH);
      values[at + MIN] = min;
      values[at + MAX] = max;
      values[at + LINE] = Number.POSITIVE_INFINITY;
      values[at + FILE] = Number.POSITIVE_INFINITY;
      return;
    }
    if (min < (values[at + MIN] as number)) values[at + MIN] = min;
    if (max > (values[at + MAX] as number)) values[at + MAX] = max;
  }

  #cite(at: number, file: number, line: number, offset: number): void {
    const values = this.#values;
    const known = values[at + FILE] as number;
    if (file > known || (file === known && line >= (values[at + LINE] as number))) return;
    values[at + FILE] = file;
    values[at + LINE] = line;
    values[at + OFFSET] = offset;
  }

  #endedIn(at: number, second: number): void {
    const values = this.#values;
    for (let place = at + SECONDS; place < at + WIDTH; place++) {
      if (values[place] === second) return;
      if (values[place] === 0) {
        values[place] = second;
        return;
      }
    }
  }
}
