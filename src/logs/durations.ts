/** Units of a duration that is a number, in seconds. */
const SECONDS = { ns: 1e-9, us: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600 } as const;

type NumberUnit = keyof typeof SECONDS;

/** How a duration is written: a number in a unit, or one of the forms that have their units within. */
export const DURATION_UNITS = [...(Object.keys(SECONDS) as NumberUnit[]), 'go', 'iso8601', 'clock'];

export type DurationUnit = NumberUnit | 'go' | 'iso8601' | 'clock';

/** What a name says of its unit, as its last word. */
const WORDS: Readonly<Record<string, NumberUnit>> = {
  ...{ ns: 'ns', nanos: 'ns', nanoseconds: 'ns' },
  ...{ us: 'us', micros: 'us', microseconds: 'us' },
  ...{ ms: 'ms', millis: 'ms', milliseconds: 'ms' },
  ...{ s: 's', sec: 's', secs: 's', seconds: 's' },
  ...{ min: 'min', mins: 'min', minutes: 'min' },
  ...{ h: 'h', hours: 'h' },
};

const LAST_WORD = /(?:[_.]([a-z]{1,12})|([A-Z][a-z]{0,12}|[A-Z]{1,12}))$/;

/** The unit that a name ends in: `duration_ms`, `lifetimeUs`, `up.minutes`. */
export function unitInName(name: string): NumberUnit | undefined {
  const [, small, capital] = LAST_WORD.exec(name) ?? [];
  const word = (small ?? capital)?.toLowerCase() ?? '';
  return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
}

/** A name of a connection's duration that says its unit. */
export const isDurationName = (name: string): boolean =>
  /^(?:duration|lifetime)(?:[_.]|[A-Z])/.test(name) && unitInName(name) !== undefined;

const NUMBER = /^-?\d+(?:\.\d+)?$/;
const GO_PART = /(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/y;
const ISO = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;
const CLOCK = /^(?:(\d+)\.)?(?:(\d+):)?(\d\d?):(\d\d(?:[.,]\d+)?)$/;

/**
 * Seconds; undefined for what is no duration.
 *
 * @param unit undefined where a bare number is in seconds, and text may have any of the forms
 */
export function parseSeconds(value: unknown, unit?: DurationUnit): number | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && NUMBER.test(value));
  if (isNumber) return inSeconds(Number(value), unit ?? 's');
  if (typeof value !== 'string' || value.length > 64) return undefined;
  if (unit === undefined || unit in SECONDS)
    return fromGo(value) ?? fromIso(value) ?? fromClock(value);
  return { go: fromGo, iso8601: fromIso, clock: fromClock }[unit as 'go' | 'iso8601' | 'clock'](
    value,
  );
}

/** Divided where the unit is a fraction, so that what is written in decimals stays what it is. */
function inSeconds(value: number, unit: DurationUnit): number | undefined {
  if (!(unit in SECONDS)) return undefined;
  const seconds = SECONDS[unit as NumberUnit];
  return seconds < 1 ? value / Math.round(1 / seconds) : value * seconds;
}

const GO_UNITS: Record<string, NumberUnit> = { µs: 'us', μs: 'us', m: 'min' };

/** As Go prints them, and as people write them: `1h2m3.5s`, `150ms`, `60.012 s`. */
function fromGo(text: string): number | undefined {
  const compact = text.includes(' ') ? text.replaceAll(' ', '') : text;
  let seconds = 0;
  for (GO_PART.lastIndex = 0; GO_PART.lastIndex < compact.length; ) {
    const part = GO_PART.exec(compact);
    if (part === null) return undefined;
    const unit = part[2] as string;
    seconds += inSeconds(Number(part[1]), GO_UNITS[unit] ?? (unit as NumberUnit)) ?? 0;
  }
  return compact === '' ? undefined : seconds;
}

function fromIso(text: string): number | undefined {
  const parts = ISO.exec(text);
  if (parts === null || parts.slice(1).every((part) => part === undefined)) return undefined;
  return sum(parts);
}

/** `1:02:03.5`, `02:03`; with days before a dot, as .NET writes them. */
function fromClock(text: string): number | undefined {
  const parts = CLOCK.exec(text);
  return parts === null ? undefined : sum(parts);
}

function sum([, days = '0', hours = '0', minutes = '0', seconds = '0']: RegExpExecArray): number {
  const whole = (Number(days) * 24 + Number(hours)) * 60 + Number(minutes);
  return whole * 60 + Number(seconds.replace(',', '.'));
}
