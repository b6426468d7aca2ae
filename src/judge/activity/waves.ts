import type { LinePlace } from '../../model/record.ts';
import { binOf } from './scales.ts';

/** Delays that are as good as the same: count, shortest and longest, milliseconds. */
export type DelayBin = [count: number, min: number, max: number];

/** Sessions that were lost within one second of one clock. Plain data. */
export interface WaveSecond {
  /** As `secondKey` makes it. */
  key: number;
  sessions: number;
  /** How many of them were lost in the second before too. */
  again: number;
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

  /** A session, by the first connection that it lost in that second. */
  lost(key: number, time: number, lost: LinePlace, unitMs: number): void {
    const second = { key, sessions: 1, again: 0, from: time, to: time, lost, unitMs };
    this.#add({ ...second, back: null, delays: new Map() });
  }

  /** A session that was counted in both seconds: that one, and the one before. */
  again(key: number): void {
    const second = this.#seconds.get(key);
    if (second) second.again += 1;
  }

  back(key: number, row: LinePlace, ms: number): void {
    const second = this.#seconds.get(key);
    if (!second) return;
    second.back = first(second.back, row);
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
    known.again += added.again;
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
