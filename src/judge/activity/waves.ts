import type { LinePlace } from '../../model/record.ts';
import type { Rows } from '../../model/rows.ts';
import { placeOf } from '../check.ts';
import { binOf } from './scales.ts';

/** Delays that are as good as the same: count, shortest and longest, milliseconds. */
export type DelayBin = [count: number, min: number, max: number];

/** Sessions that were lost within one second of one clock. Plain data. */
export interface WaveSecond {
  /** As `secondKey` makes it. */
  key: number;
  sessions: number;
  /** When the first and the last of them was lost, milliseconds since the epoch. */
  from: number;
  to: number;
  /** The first of these closes in the logs, and the open with which a session came back. */
  lost: LinePlace;
  back: LinePlace | null;
  /** How long sessions took to come back, by bins. */
  delays: Map<number, DelayBin>;
  /** Milliseconds: what its clock counts in. */
  unitMs: number;
}

/** Losses in the seconds that have many. */
export class Waves {
  readonly #seconds = new Map<number, WaveSecond>();

  /** @param closed the first that a session lost in that second */
  lost(rows: Rows, closed: number, key: number, unitMs: number): void {
    const time = rows.time(closed);
    const lost = placeOf(rows, closed);
    const delays = new Map();
    this.#add({ key, sessions: 1, from: time, to: time, lost, back: null, delays, unitMs });
  }

  back(rows: Rows, row: number, key: number, ms: number): void {
    const second = this.#seconds.get(key);
    if (!second) return;
    second.back = first(second.back, placeOf(rows, row));
    addDelay(second.delays, binOf(Math.max(1, ms), 1), [1, ms, ms]);
  }

  addAll(seconds: readonly WaveSecond[]): void {
    for (const second of seconds) this.#add(second);
  }

  /** In order of time, clock by clock. */
  take(): WaveSecond[] {
    const seconds = [...this.#seconds.values()].sort((one, other) => one.key - other.key);
    this.#seconds.clear();
    return seconds;
  }

  #add(added: WaveSecond): void {
    const known = this.#seconds.get(added.key);
    if (!known) {
      this.#seconds.set(added.key, added);
      return;
    }
    known.sessions += added.sessions;
    known.from = Math.min(known.from, added.from);
    known.to = Math.max(known.to, added.to);
    known.lost = first(known.lost, added.lost) as LinePlace;
    known.back = first(known.back, added.back);
    for (const [bin, delays] of added.delays) addDelay(known.delays, bin, delays);
  }
}

export function addDelay(
  bins: Map<number, DelayBin>,
  bin: number,
  [count, min, max]: DelayBin,
): void {
  const known = bins.get(bin);
  if (!known) {
    bins.set(bin, [count, min, max]);
    return;
  }
  known[0] += count;
  known[1] = Math.min(known[1], min);
  known[2] = Math.max(known[2], max);
}

/** The one that stands first in the logs. */
export function first(one: LinePlace | null, other: LinePlace | null): LinePlace | null {
  if (!one || !other) return one ?? other;
  const isBefore = one.file < other.file || (one.file === other.file && one.line <= other.line);
  return isBefore ? one : other;
}
