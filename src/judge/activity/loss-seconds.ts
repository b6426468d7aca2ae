import type { Rows } from '../../model/rows.ts';
import { lossBy, NO_LOSS } from './loss.ts';

/** Fewer sessions are no wave; of a second's worth that two seconds share, one has half. */
const MIN_LOSSES = 3;
const MAX_HELD = 4096;
/** Of the seconds that are looked at closely. */
export const MAX_SECONDS = 64;
/** A second is one of them that has so many times as many as an even spread would. */
const TIMES_EVEN = 3;
/** Of shorter logs, all that happens happens close together. */
const SHORTEST_SECONDS = 30;
const CLOCK_SHIFT = 2 ** 34;

export const secondKey = (clock: number, time: number): number =>
  clock * CLOCK_SHIFT + Math.floor(time / 1000);

/** Seconds in which many connections may have been lost: those with most, of any log, in bounded memory. */
export class LossSeconds {
  readonly #counts = new Map<number, number>();
  #key = -1;
  #count = 0;
  #total = 0;
  #first = Number.POSITIVE_INFINITY;
  #last = 0;

  /** A close. */
  onClosed(rows: Rows, row: number, clock: number): void {
    const time = rows.time(row);
    if (time < this.#first) this.#first = time;
    if (time > this.#last) this.#last = time;
    const key = secondKey(clock, time);
    if (key !== this.#key) this.#enter(key);
    if (lossBy(rows, row) !== NO_LOSS) this.#count += 1;
  }

  /** Keys, ascending. */
  finish(): number[] {
    this.#enter(-1);
    const seconds = Math.max(SHORTEST_SECONDS, (this.#last - this.#first) / 1000);
    const least = Math.max(MIN_LOSSES, (TIMES_EVEN * this.#total) / seconds);
    const isMeant = (key: number) => (this.#counts.get(key) as number) >= least;
    return this.#largest(MAX_SECONDS)
      .filter(isMeant)
      .sort((one, other) => one - other);
  }

  #enter(key: number): void {
    const counts = this.#counts;
    if (this.#count > 0) counts.set(this.#key, (counts.get(this.#key) ?? 0) + this.#count);
    this.#total += this.#count;
    this.#key = key;
    this.#count = 0;
    if (counts.size <= MAX_HELD) return;
    const kept = new Set(this.#largest(MAX_HELD / 2));
    for (const known of [...counts.keys()]) if (!kept.has(known)) counts.delete(known);
  }

  #largest(most: number): number[] {
    return [...this.#counts]
      .sort(([key, count], [other, otherCount]) => otherCount - count || key - other)
      .slice(0, most)
      .map(([key]) => key);
  }
}
