import { isZone, offsetIn, offsetNamed } from './zones.ts';

/** Times before or after it are not those of a log: a counter, a duration, a zero value. */
const FIRST_YEAR_MS = Date.UTC(1990, 0);
const LAST_YEAR_MS = Date.UTC(2200, 0);

const CLOCK = String.raw`(?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<decimals>\d+))?)?`;
const ZONE = String.raw`(?<zone>Z|z|[A-Z]\w{1,31}(?:/[\w+-]{1,31}){1,2}|[A-Za-z]{2,5}|[+-]\d\d(?::?\d\d)?)`;

/**
 * ISO 8601 and what loggers write in its place: a space for the `T`, a comma before the decimals
 * (Python), slashes in the date (Go, nginx), no seconds, no offset, or a zone's name. Java's own form has both,
 * `+01:00[Europe/Berlin]`, and so has Go's, which may tell of the process's clock: `+0100 CET m=+0.1`.
 */
const DATE_TIME = new RegExp(
  String.raw`^(?<year>\d{4})(?<mark>[-/])(?<month>\d\d)\2(?<day>\d\d)[Tt ]${CLOCK} ?${ZONE}?(?: [A-Z]{2,5}| [+-]\d{2,4}|\[[\w/+-]+\])?(?: m=[+-][\d.]+)?$`,
);

/** The common log format: `10/Jul/2026:10:00:31 +0000`. */
const COMMON = new RegExp(
  String.raw`^(?<day>\d\d)/(?<monthName>[A-Z][a-z]{2})/(?<year>\d{4}):${CLOCK} ?${ZONE}?$`,
);

/** HTTP's: `Mon, 23 Nov 2026 08:00:00 GMT`. */
const HTTP = new RegExp(
  String.raw`^(?:[A-Z][a-z]{2}, )?(?<day>\d\d?) (?<monthName>[A-Z][a-z]{2}) (?<year>\d{4}) ${CLOCK} ?${ZONE}?$`,
);

/** C's, with a zone where `date` prints one: `Mon Nov 23 08:00:00 CET 2026`. */
const CTIME = new RegExp(
  String.raw`^[A-Z][a-z]{2} (?<monthName>[A-Z][a-z]{2}) +(?<day>\d\d?) ${CLOCK}(?: ${ZONE})? (?<year>\d{4})$`,
);

const PARTS = [
  'year',
  'month',
  'monthName',
  'day',
  'hour',
  'minute',
  'second',
  'decimals',
  'zone',
] as const;

/** Which group of a form is which part; 0 for those that it has not. To have groups by name takes longer. */
type Places = Record<(typeof PARTS)[number], number>;

function placesIn(form: RegExp): Places {
  const names = [...form.source.matchAll(/\(\?<(\w+)>/g)].map(([, name]) => name);
  return Object.fromEntries(PARTS.map((part) => [part, names.indexOf(part) + 1])) as Places;
}

const FORMS = [DATE_TIME, COMMON, HTTP, CTIME].map((form) => ({
  form: new RegExp(form.source.replace(/\?<\w+>/g, '')),
  at: placesIn(form),
}));

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const NUMBER = /^\d{9,19}(?:\.\d+)?$/;

/** Units of an epoch time, in milliseconds. Within the years above, no number fits two of them. */
const UNITS_MS = [1000, 1, 1e-3, 1e-6];

/**
 * Milliseconds since the epoch, whole; undefined where the value is no time of a log. A number is in
 * seconds, milliseconds, microseconds or nanoseconds, by its size.
 *
 * @param zone of a time without an offset, by its name in the IANA's database; null for UTC
 */
export function parseTime(value: unknown, zone: string | null = null): number | undefined {
  if (typeof value === 'number') return fromNumber(value);
  if (typeof value !== 'string' || value.length > LONGEST) return undefined;
  return NUMBER.test(value) ? fromNumber(Number(value)) : fromText(value, zone);
}

/** No form is longer. */
const LONGEST = 80;

function fromNumber(value: number): number | undefined {
  for (const unitMs of UNITS_MS) {
    const time = value * unitMs;
    // A number of seconds with decimals lies a little beside the millisecond that it names.
    if (isPlausible(time)) return Math.floor(time + 0.001);
  }
  return undefined;
}

function fromText(text: string, zone: string | null): number | undefined {
  const known = inLastMinute(text);
  if (known !== undefined) return known;
  for (const { form, at } of FORMS) {
    const parts = form.exec(text);
    if (parts === null) continue;
    const time = fromParts(parts, at, zone);
    if (time !== undefined && IN_UTC.test(text)) {
      lastMinute = { text: text.slice(0, MINUTE_LENGTH), time: time - (time % 60_000) };
    }
    return time;
  }
  return undefined;
}

/** As most loggers write a time, in UTC and to the millisecond. */
const IN_UTC = /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d\.\d{3}Z$/;
/** As long as `2026-11-23T10:00:`. */
const MINUTE_LENGTH = 17;
const IN_UTC_LENGTH = 24;

/** The lines of a log are mostly of one minute: of a time in the same, the rest is read by its places. */
let lastMinute = { text: 'none', time: 0 };

function inLastMinute(text: string): number | undefined {
  if (text.length !== IN_UTC_LENGTH || !text.startsWith(lastMinute.text)) return undefined;
  if (text[19] !== '.' || text[23] !== 'Z') return undefined;
  const tens = digitAt(text, 17);
  const seconds = 10 * tens + digitAt(text, 18);
  const ms = 100 * digitAt(text, 20) + 10 * digitAt(text, 21) + digitAt(text, 22);
  // What is no digit makes no number.
  return tens < 6 && seconds + ms >= 0 ? lastMinute.time + 1000 * seconds + ms : undefined;
}

function digitAt(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}

function fromParts(parts: RegExpExecArray, at: Places, zone: string | null): number | undefined {
  const month =
    at.monthName === 0 ? parts[at.month] : MONTHS.indexOf(parts[at.monthName] ?? '') + 1;
  const date = dayOf(Number(parts[at.year]), Number(month), Number(parts[at.day]));
  const [hour, minute] = [Number(parts[at.hour]), Number(parts[at.minute])];
  const second = Number(parts[at.second] ?? '0');
  // 60 is a leap second.
  if (date === undefined || hour > 23 || minute > 59 || second > 60) return undefined;
  const decimals = parts[at.decimals] ?? '';
  const milliseconds = decimals === '' ? 0 : Number(decimals.slice(0, 3).padEnd(3, '0'));
  const local = date + ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds;
  const named = parts[at.zone];
  const offset = named === undefined ? offsetIn(zone, local) : offsetOf(named, local);
  const time = offset === undefined ? Number.NaN : local - offset;
  return isPlausible(time) ? time : undefined;
}

/** When a day begins, in milliseconds since the epoch; undefined where the calendar doesn't have it. */
export function dayOf(year: number, month: number, day: number): number | undefined {
  if (year === last.year && month === last.month && day === last.day) return last.time;
  const date = new Date(Date.UTC(year, month - 1, day));
  // A day that a month doesn't have would be one of the next.
  const isInCalendar = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  last = { year, month, day, time: isInCalendar ? date.getTime() : undefined };
  return last.time;
}

/** The lines of a log are mostly of one day. */
let last: { year: number; month: number; day: number; time: number | undefined } = {
  ...{ year: 0, month: 0, day: 0 },
  time: undefined,
};

/** Of an offset or a zone's name, in milliseconds; undefined for a name that is not known. */
function offsetOf(zone: string, local: number): number | undefined {
  if (zone.includes('/')) return isZone(zone) ? offsetIn(zone, local) : undefined;
  const [, sign, hours, minutes = '0'] = /^([+-])(\d\d):?(\d\d)?$/.exec(zone) ?? [];
  if (sign === undefined) return offsetNamed(zone.toUpperCase());
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}

const isPlausible = (time: number): boolean => time >= FIRST_YEAR_MS && time < LAST_YEAR_MS;

/** A time that stands by itself in the text before a record, as loggers and collectors put it. */
const WITHIN =
  /(?:^|[\s[|])(\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)(?=[\s\]]|$)/;

/** The first time in a text, in milliseconds since the epoch. */
export const findTime = (text: string): number | undefined => parseTime(WITHIN.exec(text)?.[1]);
