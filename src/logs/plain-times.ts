import type { ChunkMemory } from './chunk-memory.ts';
import { isAt, type Pattern, patternAt } from './plain-bytes.ts';
import { dayOf } from './times.ts';

const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;
const MINUS = 0x2d;
const COLON = 0x3a;
const CAPITAL_T = 0x54;
const CAPITAL_Z = 0x5a;

/** As long as `2026-11-23T`, and `2026-11-23T10:00:00`. */
const DAY_BYTES = 11;
const SECOND_BYTES = 19;

/** The parser takes no time before or after for one of a log. */
const FIRST_YEAR = 1990;
const LAST_YEAR = 2199;

const NONE = Number.NaN;

/** Reads ISO 8601 times in UTC, to the second or finer than a millisecond; remembers the day of the last. */
export class PlainTimes {
  #day: Pattern | undefined;
  #midnight = 0;

  /** Milliseconds since the epoch; NaN for anything else. */
  at({ bytes, view }: ChunkMemory, start: number, end: number): number {
    const second = start + SECOND_BYTES;
    if (second >= end || bytes[end - 1] !== CAPITAL_Z) return NONE;
    if (this.#day === undefined || !isAt(this.#day, view, start)) {
      const midnight = midnightAt(bytes, start);
      if (midnight === undefined) return NONE;
      this.#day = patternAt(view, start, start + DAY_BYTES);
      this.#midnight = midnight;
    }
    // What is no digit gives NaN, and so no time.
    return this.#midnight + clockAt(bytes, start + DAY_BYTES) + fractionAt(bytes, second, end - 1);
  }
}

function midnightAt(bytes: Uint8Array, start: number): number | undefined {
  const isPunctuated =
    bytes[start + 4] === MINUS && bytes[start + 7] === MINUS && bytes[start + 10] === CAPITAL_T;
  const year = 100 * twoAt(bytes, start) + twoAt(bytes, start + 2);
  if (!isPunctuated || !(year >= FIRST_YEAR && year <= LAST_YEAR)) return undefined;
  return dayOf(year, twoAt(bytes, start + 5), twoAt(bytes, start + 8));
}

/** Milliseconds since midnight. */
function clockAt(bytes: Uint8Array, start: number): number {
  const hour = twoAt(bytes, start);
  const minute = twoAt(bytes, start + 3);
  const second = twoAt(bytes, start + 6);
  const isOnClock = hour < 24 && minute < 60 && second < 60;
  if (!isOnClock || bytes[start + 2] !== COLON || bytes[start + 5] !== COLON) return NONE;
  return ((hour * 60 + minute) * 60 + second) * 1000;
}

/** Milliseconds of a second: none, or three decimals at least. */
function fractionAt(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  if (bytes[start] !== DOT || start + 4 > end) return NONE;
  for (let at = start + 4; at < end; at++) if (!isDigit(bytes[at] as number)) return NONE;
  const hundreds = (bytes[start + 1] as number) - ZERO;
  return isDigit(hundreds + ZERO) ? 100 * hundreds + twoAt(bytes, start + 2) : NONE;
}

/** The number of two digits. */
function twoAt(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] as number;
  const ones = bytes[at + 1] as number;
  return isDigit(tens) && isDigit(ones) ? 10 * (tens - ZERO) + (ones - ZERO) : NONE;
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;
