import { MAX_SESSIONS } from './record.ts';

/** Tables of numbers, with a record for each session. */
type Table = Float64Array | Int32Array | Uint32Array | Uint8Array;

/** Sessions that tables have room for at first; small logs are many. */
export const FIRST_CAPACITY = 1024;

/** Beyond so many, there is room for all that there may be: none of it is taken until it is written to. */
const MANY = 65_536;

/** How many sessions there is to be room for, where there are so many. */
export function capacityFor(sessions: number): number {
  if (sessions > MANY) return Math.max(sessions, MAX_SESSIONS);
  return Math.max(FIRST_CAPACITY, 2 ** Math.ceil(Math.log2(sessions)));
}

/** A copy with room for more. */
export function grown<T extends Table>(table: T, length: number): T {
  const larger = new (table.constructor as new (length: number) => T)(length);
  larger.set(table);
  return larger;
}

/** Words of 32 bits that a processor fetches from memory together. */
const LINE = 16;

export let fetched = 0;

/**
 * Has some sessions' records fetched into the processor's cache: all at once, in far less time than one by
 * one when they are needed. Sessions below 0 or beyond the table are passed over.
 *
 * @param size words of a record
 * @param needed words at its beginning that are fetched
 */
export function prefetch(
  table: Int32Array,
  size: number,
  sessions: Int32Array,
  needed = size,
): void {
  let sum = 0;
  for (let at = 0; at < needed; at += LINE) {
    for (const session of sessions) sum += table[session * size + at] ?? 0;
  }
  // What is read for nothing would not be read.
  fetched = sum;
}
