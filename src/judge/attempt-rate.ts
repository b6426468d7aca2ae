import { TimeCounts } from '../model/time-counts.ts';

const SECOND_MS = 1000;

/**
 * The largest count in any second, [t, t + 1000 ms), wherever it begins.
 *
 * @param times milliseconds, ascending
 */
export function peakPerSecond(times: Float64Array): number {
  let peak = 0;
  let first = 0;
  times.forEach((time, last) => {
    while (time - (times[first] ?? time) >= SECOND_MS) first += 1;
    peak = Math.max(peak, last - first + 1);
  });
  return peak;
}

const MAX_BUCKETS = 60;
/** Lengths that a person can think in. */
const BUCKET_SECONDS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 1800, 3600, 6 * 3600, 86_400];

/** What is drawn of a run: 60 buckets at most, as short as that allows. */
export interface OverTime {
  bucket_seconds: number;
  counts: number[];
}

export const NO_RATE: OverTime = { bucket_seconds: 0.1, counts: [] };

type Count = [timeMs: number, count: number];

/**
 * Counts for each bucket of time since the first time.
 *
 * @param times milliseconds, ascending
 * @param earlier further times, ascending, and how many are at each
 */
export function countOverTime(times: Float64Array, earlier: readonly Count[] = []): OverTime {
  const [first, last] = bounds(times, earlier);
  const spanSeconds = (last - first) / SECOND_MS;
  const fits = (seconds: number) => spanSeconds < seconds * MAX_BUCKETS;
  // A line may have a time far off, and must not make an endless array.
  const bucket_seconds = BUCKET_SECONDS.find(fits) ?? Math.ceil((spanSeconds + 1) / MAX_BUCKETS);
  const bucketOf = (time: number) => Math.floor((time - first) / SECOND_MS / bucket_seconds);
  const isEmpty = times.length === 0 && earlier.length === 0;
  const counts = new Array<number>(isEmpty ? 0 : bucketOf(last) + 1).fill(0);
  const add = (time: number, count: number) => {
    const bucket = bucketOf(time);
    counts[bucket] = (counts[bucket] ?? 0) + count;
  };
  for (const time of times) add(time, 1);
  for (const [time, count] of earlier) add(time, count);
  return { bucket_seconds, counts };
}

function bounds(times: Float64Array, earlier: readonly Count[]): [number, number] {
  const firsts = [times[0], earlier[0]?.[0]].filter((time) => time !== undefined);
  const lasts = [times.at(-1), earlier.at(-1)?.[0]].filter((time) => time !== undefined);
  return firsts.length === 0 ? [0, 0] : [Math.min(...firsts), Math.max(...lasts)];
}

/** Times held at most, unless more lie within the span below. */
const MAX_HELD = 500_000;
/** The same of logs that are read one after the other, by one clock. */
const MAX_UNORDERED = 8_000_000;
/** Lines may be out of order by so much. */
const LATE_MS = 60_000;

/**
 * Attempts over time in bounded memory: times are held, and once there are many, those that are long
 * past are boiled down to a peak and to counts.
 */
export class AttemptRate {
  readonly #maxHeld: number;
  readonly #areInOrder: boolean;
  #isBoiledDown = false;
  #held = new Float64Array(1024);
  #size = 0;
  #peak = 0;
  #last = Number.NEGATIVE_INFINITY;
  #isSorted = true;
  readonly #earlier = new TimeCounts(SECOND_MS);

  /** @param areInOrder times are, but for what is late; of others more are held, and of still more there is no peak */
  constructor({ areInOrder = true, maxHeld }: { areInOrder?: boolean; maxHeld?: number } = {}) {
    this.#areInOrder = areInOrder;
    this.#maxHeld = maxHeld ?? (areInOrder ? MAX_HELD : MAX_UNORDERED);
  }

  add(time: number): void {
    if (this.#size === this.#held.length) this.#makeRoom();
    if (time < this.#last) this.#isSorted = false;
    this.#last = time;
    this.#held[this.#size++] = time;
  }

  finish(): { peakPerSecond: number | null; overTime: OverTime } {
    const times = this.#sorted();
    const isKnown = this.#areInOrder || !this.#isBoiledDown;
    return {
      peakPerSecond: isKnown ? Math.max(this.#peak, peakPerSecond(times)) : null,
      overTime: countOverTime(times, this.#earlier.entries()),
    };
  }

  #makeRoom(): void {
    if (this.#size >= this.#maxHeld) this.#boilDown();
    // All within a minute, or too few yet: more room is needed.
    if (this.#size > this.#held.length / 2) {
      const larger = new Float64Array(this.#held.length * 2);
      larger.set(this.#held);
      this.#held = larger;
    }
  }

  #boilDown(): void {
    this.#isBoiledDown = true;
    const times = this.#sorted();
    const horizon = (times.at(-1) ?? 0) - LATE_MS;
    const kept = times.findIndex((time) => time >= horizon);
    this.#peak = Math.max(this.#peak, peakPerSecond(times));
    for (const time of times.subarray(0, kept)) this.#earlier.add(time);
    times.copyWithin(0, kept);
    this.#size -= kept;
  }

  /** What is held, in order. */
  #sorted(): Float64Array {
    const times = this.#held.subarray(0, this.#size);
    if (!this.#isSorted) times.sort();
    this.#last = times.at(-1) ?? Number.NEGATIVE_INFINITY;
    this.#isSorted = true;
    return times;
  }
}
