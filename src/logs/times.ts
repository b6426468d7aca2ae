/** Times before or after it are not those of a log: a counter, a duration, a zero value. */
const FIRST_YEAR_MS = Date.UTC(1990, 0);
const LAST_YEAR_MS = Date.UTC(2200, 0);

/**
 * ISO 8601 and what loggers write in its place: a space for the `T`, a comma before the decimals
 * (Python), slashes in the date (Go, nginx), no seconds, no offset.
 */
const DATE_TIME =
  /^(\d{4})([-/])(\d\d)\2(\d\d)[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)? ?(Z|z|UTC|[+-]\d\d(?::?\d\d)?)?$/;

const NUMBER = /^\d{9,19}(?:\.\d+)?$/;

/** Units of an epoch time, in milliseconds. Within the years above, no number fits two of them. */
const UNITS_MS = [1000, 1, 1e-3, 1e-6];

/**
 * Milliseconds since the epoch, whole; undefined where the value is no time of a log. A number is in
 * seconds, milliseconds, microseconds or nanoseconds, by its size; a time without an offset is UTC.
 */
export function parseTime(value: unknown): number | undefined {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string') return undefined;
  return NUMBER.test(value) ? fromNumber(Number(value)) : fromText(value);
}

function fromNumber(value: number): number | undefined {
  for (const unitMs of UNITS_MS) {
    const time = value * unitMs;
    // A number of seconds with decimals lies a little beside the millisecond that it names.
    if (isPlausible(time)) return Math.floor(time + 0.001);
  }
  return undefined;
}

function fromText(text: string): number | undefined {
  const [, year, , month, day, hour, minute, second = '0', decimals = '', offset] =
    DATE_TIME.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = dayOf(Number(year), Number(month), Number(day));
  // 60 is a leap second.
  const isOnClock = Number(hour) <= 23 && Number(minute) <= 59 && Number(second) <= 60;
  if (date === undefined || !isOnClock) return undefined;
  const seconds = (Number(hour) * 60 + Number(minute)) * 60 + Number(second);
  const milliseconds = Number(decimals.slice(0, 3).padEnd(3, '0'));
  const time = date + seconds * 1000 + milliseconds - offsetMs(offset);
  return isPlausible(time) ? time : undefined;
}

/** When a day begins, in milliseconds since the epoch; undefined where the calendar doesn't have it. */
export function dayOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(Date.UTC(year, month - 1, day));
  // A day that a month doesn't have would be one of the next.
  const isInCalendar = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isInCalendar ? date.getTime() : undefined;
}

function offsetMs(offset: string | undefined): number {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(offset ?? '') ?? [];
  if (sign === undefined) return 0;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

const isPlausible = (time: number): boolean => time >= FIRST_YEAR_MS && time < LAST_YEAR_MS;

/** A time that stands by itself in the text before a record, as loggers and collectors put it. */
const WITHIN =
  /(?:^|[\s[|])(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)(?=[\s\]]|$)/;

/** The first time in a text, in milliseconds since the epoch. */
export const findTime = (text: string): number | undefined => parseTime(WITHIN.exec(text)?.[1]);
