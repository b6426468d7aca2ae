const HOUR_MS = 3_600_000;

/** Hours ahead of UTC of zones by the names that loggers print, but for those that mean several. */
const NAMED: Readonly<Record<string, number>> = {
  ...{ Z: 0, UTC: 0, GMT: 0, WET: 0 },
  ...{ CET: 1, WEST: 1, CEST: 2, EET: 2, SAST: 2, EEST: 3, MSK: 3 },
  ...{ SGT: 8, HKT: 8, AWST: 8, JST: 9, KST: 9, ACST: 9.5, AEST: 10, AEDT: 11, NZST: 12, NZDT: 13 },
  ...{ EST: -5, EDT: -4, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7, AKST: -9, HST: -10 },
};

/** Milliseconds ahead of UTC; undefined for a name that is not known, or that means several zones. */
export function offsetNamed(name: string): number | undefined {
  const hours = Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
  return hours === undefined ? undefined : hours * HOUR_MS;
}

const zones = new Map<string, boolean>();
const MAX_ZONES = 1024;

/** Whether the IANA's database has it: `Europe/Berlin`. */
export function isZone(name: string): boolean {
  const known = zones.get(name);
  if (known !== undefined) return known;
  if (zones.size >= MAX_ZONES) zones.clear();
  const isOne = isInDatabase(name);
  zones.set(name, isOne);
  return isOne;
}

function isInDatabase(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const QUARTER_MS = HOUR_MS / 4;
/** Offsets change on a quarter of an hour, and a log's times lie close to each other. */
const offsets = new Map<string, number>();
const MAX_OFFSETS = 4096;

/** How far a zone is ahead of UTC at a time that its own clocks show. */
export function offsetIn(zone: string | null, local: number): number {
  if (zone === null || Number.isNaN(local)) return 0;
  const quarter = Math.floor(local / QUARTER_MS);
  const key = `${zone} ${quarter}`;
  const known = offsets.get(key);
  if (known !== undefined) return known;
  if (offsets.size >= MAX_OFFSETS) offsets.clear();
  const start = quarter * QUARTER_MS;
  // The clocks may have been changed between that and the same time in UTC.
  const offset = offsetAt(zone, start - offsetAt(zone, start));
  offsets.set(key, offset);
  return offset;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetAt(zone: string, time: number): number {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en', {
      timeZone: zone,
      hourCycle: 'h23',
      ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
      ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
    });
  formats.set(zone, format);
  const parts = Object.fromEntries(
    format.formatToParts(time).map(({ type, value }) => [type, Number(value)]),
  ) as Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>;
  const { year, month, day, hour, minute, second } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000;
}
