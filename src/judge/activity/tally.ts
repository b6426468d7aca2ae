/** Counts at places that lie together. Plain data: threads hand it on. */
export interface Counts {
  /** The place of the first. */
  from: number;
  counts: Int32Array;
}

/** Counts at places. */
export class Tally {
  readonly #counts: Int32Array;

  constructor(places: number) {
    this.#counts = new Int32Array(places);
  }

  add(place: number, count = 1): void {
    (this.#counts[place] as number) += count;
  }

  addAll({ from, counts }: Counts): void {
    const all = this.#counts;
    for (let at = 0; at < counts.length; at++) (all[from + at] as number) += counts[at] as number;
  }

  /** All from the first to the last that is not 0. Nothing is kept. */
  take(): Counts {
    const all = this.#counts;
    let from = 0;
    while (from < all.length && all[from] === 0) from += 1;
    let to = all.length;
    while (to > from && all[to - 1] === 0) to -= 1;
    const counts = all.slice(from, to);
    all.fill(0, from, to);
    return { from, counts };
  }
}
