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

/** As long as `2026-11-23T10:00:`, and with the second's digits. */
const MINUTE_BYTES = 17;
const SECOND_BYTES = 19;

/** The parser takes no time before or after for one of a log. */
const FIRST_YEAR = 1990;
const LAST_YEAR = 2199;

const NONE = Number.NaN;

/** Reads ISO 8601 times in UTC, to the second or finer than a millisecond; remembers the minute of the last. */
export class PlainTimes {
  #text: Pattern | undefined;
  #minute = NONE;

  /** Milliseconds since the epoch; NaN for anything else. */
  at({ bytes, view }: ChunkMemory, start: number, end: number): number {
    const fraction = start + SECOND_BYTES;
    if (fraction >= end || bytes[end - 1] !== CAPITAL_Z) return NONE;
    if (this.#text === undefined || !isAt(this.#text, view, start)) {
      const minute = minuteAt(bytes, start);
      if (Number.isNaN(minute)) return NONE;
      this.#text = patternAt(view, start, start + MINUTE_BYTES);
      this.#minute = minute;
    }
    // What is no digit gives NaN, and so no time.
    const second = twoAt(bytes, start + MINUTE_BYTES);
    if (!(second < 60)) return NONE;
    return this.#minute + second * 1000 + fractionAt(bytes, fraction, end - 1);
  }
}

/** When the minute began, in milliseconds since the epoch. */
function minuteAt(bytes: Uint8Array, start: number): number {
  const isPunctuated =
    bytes[start + 4] === MINUS &&
    bytes[start + 7] === MINUS &&
    bytes[start + 10] === CAPITAL_T &&
    bytes[start + 13] === COLON &&
    bytes[start + 16] === COLON;
  const year = 100 * twoAt(bytes, start) + twoAt(bytes, start + 2);
  const hour = twoAt(bytes, start + 11);
  const minute = twoAt(bytes, start + 14);
  const isPlausible = year >= FIRST_YEAR && year <= LAST_YEAR && hour < 24 && minute < 60;
  if (!isPunctuated || !isPlausible) return NONE;
  const midnight = dayOf(year, twoAt(bytes, start + 5), twoAt(bytes, start + 8));
  return midnight === undefined ? NONE : midnight + (hour * 60 + minute) * 60_000;
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
