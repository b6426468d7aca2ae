import type { LogName } from '../core/records.ts';
import { MAX_LINE_BYTES, PLAIN_EVENTS } from './columns.ts';
import { hashBytes } from './hash.ts';
import { EVENT_FIELDS, eventNames } from './parse.ts';
import type { LogFormat } from './sources.ts';
import { dayOf } from './times.ts';

/** What a plain line says, as numbers. The object is used again for the next line. */
export interface PlainLine {
  /** Index into `PLAIN_EVENTS`. */
  event: number;
  time: number;
  sequence: number;
  /** NaN for none. */
  duration: number;
  /** 0 for none. */
  closeCode: number;
  idStart: number;
  idEnd: number;
  /** Hashes; 0 for none. */
  client: number;
  document: number;
  unverified: boolean;
  /** Where the next line begins. */
  next: number;
}

export interface PlainReader {
  readonly line: PlainLine;
  /**
   * Reads the line that begins at `start`, if it is a plain one: one flat JSON object of ASCII, without
   * escapes, with the canonical fields of a connection event in their canonical types. Whatever else it
   * is, sound or not, it is left to the parser, which would say the same of a plain one.
   *
   * @returns whether it was
   */
  read(bytes: Uint8Array, start: number, end: number): boolean;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const SPACE = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const ZERO = 0x30;
const NINE = 0x39;
const DOT = 0x2e;
const MINUS = 0x2d;
const DELETE = 0x7f;

/** Fields that are read; every other key is passed over. */
const FIELDS = [
  'time',
  'event',
  'session_id',
  'connection_sequence',
  'client_id',
  'close_code',
  'duration_seconds',
  'document_id',
  'session_verified',
] as const;

const [TIME, EVENT, SESSION, SEQUENCE, CLIENT, CODE, DURATION, DOCUMENT, VERIFIED] = [
  ...FIELDS.keys(),
] as [0, 1, 2, 3, 4, 5, 6, 7, 8];
const PASSED_OVER = FIELDS.length;
/** A key that the parser might take for one of the fields, or for an envelope's. */
const DOUBTFUL = FIELDS.length + 1;

/** What a line must have, by event: with less, another name may stand for what lacks. */
const bits = (...fields: number[]) => fields.reduce((all, field) => all | (1 << field), 0);
const ALWAYS = bits(TIME, SESSION, SEQUENCE);
const NEEDED = [
  ALWAYS | bits(CLIENT, CODE, DURATION),
  ALWAYS | bits(CLIENT),
  ALWAYS | bits(DOCUMENT),
];
const CLOSED = PLAIN_EVENTS.indexOf('connection_closed');

/** Digits of an integer, or of a decimal's two parts together, that a double holds exactly. */
const MAX_DIGITS = 15;
const POWERS = Array.from({ length: MAX_DIGITS + 1 }, (_, digits) => 10 ** digits);

interface Key {
  bytes: Uint8Array;
  field: number;
  /** The parser looks for an event under it where there is no field for one. */
  mayNameEvent: boolean;
}

/** Bytes between two values, and the key that is in them. */
interface Lead {
  bytes: Uint8Array;
  key: Key;
}

/** Keys a log may have, and how long; what has more is no log with fields, and they are all kept. */
const MAX_KEYS = 1024;
const MAX_KEY_BYTES = 256;

/** The parser takes no time before or after for one of a log. */
const FIRST_YEAR = 1990;
const LAST_YEAR = 2199;

const encoder = new TextEncoder();

/** @returns undefined where no line of such a log is plain */
export function createPlainReader(format: LogFormat, log: LogName): PlainReader | undefined {
  const keys = knownKeys(format);
  const events = knownEvents(format);
  return keys && events && log !== 'faults' ? readerOf(format, keys, events) : undefined;
}

function readerOf(format: LogFormat, keys: Key[], events: Uint8Array[]): PlainReader {
  const knowsCloses = format.events.connection_closed !== undefined;
  const byHash = new Map<number, Key>();
  for (const key of keys) byHash.set(hashBytes(key.bytes, 0, key.bytes.length), key);
  /** What led to each value of the line before: a logger writes its keys in one order. */
  const layout: Lead[] = [];
  const { since, until } = format;
  const first = since ?? Number.NEGATIVE_INFINITY;
  const end = until ?? Number.POSITIVE_INFINITY;
  /** The day of the line before, as its eight digits, and when it began. */
  const calendar = { day: Number.NaN, start: 0 };

  const line: PlainLine = {
    event: 0,
    time: 0,
    sequence: 0,
    duration: 0,
    closeCode: 0,
    idStart: 0,
    idEnd: 0,
    client: 0,
    document: 0,
    unverified: false,
    next: 0,
  };

  /** What leads from one value to the next: a comma, but for the first, the key, and a colon. */
  function leadAt(bytes: Uint8Array, start: number, position: number): Lead | undefined {
    let at = start;
    if (position > 0 && bytes[at++] !== COMMA) return undefined;
    if (bytes[at] === SPACE) at++;
    if (bytes[at++] !== QUOTE) return undefined;
    const key = keyAt(bytes, at);
    if (key === undefined) return undefined;
    at += key.bytes.length + 1;
    if (bytes[at++] !== COLON) return undefined;
    if (bytes[at] === SPACE) at++;
    const lead = { bytes: bytes.slice(start, at), key };
    layout[position] = lead;
    return lead;
  }

  function keyAt(bytes: Uint8Array, start: number): Key | undefined {
    const stop = stringEnd(bytes, start);
    if (stop < 0 || stop - start > MAX_KEY_BYTES) return undefined;
    const hash = hashBytes(bytes, start, stop);
    const known = byHash.get(hash);
    if (known !== undefined) return isAt(known.bytes, bytes, start) ? known : undefined;
    if (byHash.size >= MAX_KEYS) return undefined;
    const key = newKey(bytes.slice(start, stop));
    byHash.set(hash, key);
    return key;
  }

  function eventAt(bytes: Uint8Array, start: number): number {
    for (let event = 0; event < events.length; event++) {
      if (isAt(events[event] as Uint8Array, bytes, start)) return event;
    }
    return -1;
  }

  /** Milliseconds of an ISO 8601 time in UTC, or NaN. */
  function timeAt(bytes: Uint8Array, start: number, stop: number): number {
    const length = stop - start;
    if (length < 20) return Number.NaN;
    const year = digits(bytes, start, 4);
    const month = digits(bytes, start + 5, 2);
    const dayOfMonth = digits(bytes, start + 8, 2);
    const hour = digits(bytes, start + 11, 2);
    const minute = digits(bytes, start + 14, 2);
    const second = digits(bytes, start + 17, 2);
    const punctuated =
      bytes[start + 4] === MINUS &&
      bytes[start + 7] === MINUS &&
      bytes[start + 10] === 0x54 &&
      bytes[start + 13] === COLON &&
      bytes[start + 16] === COLON;
    // One comparison for all: what is no digit gives NaN, which is in no range.
    if (!(punctuated && hour < 24 && minute < 60 && second < 60)) return Number.NaN;
    let at = start + 19;
    let fraction = 0;
    if (bytes[at] === DOT) {
      fraction = digits(bytes, at + 1, 3);
      at += 4;
      while ((bytes[at] as number) >= ZERO && (bytes[at] as number) <= NINE) at++;
    }
    if (bytes[at] !== 0x5a || at + 1 !== stop) return Number.NaN;
    const day = year * 10_000 + month * 100 + dayOfMonth;
    if (day !== calendar.day) {
      const midnight = dayOf(year, month, dayOfMonth);
      if (midnight === undefined || year < FIRST_YEAR || year > LAST_YEAR) return Number.NaN;
      calendar.day = day;
      calendar.start = midnight;
    }
    return calendar.start + hour * 3_600_000 + minute * 60_000 + second * 1000 + fraction;
  }

  function read(bytes: Uint8Array, start: number, stop: number): boolean {
    if (bytes[start] !== OPEN) return false;
    let seen = 0;
    let event = -1;
    let mayNameEvent = false;
    let at = start + 1;
    line.duration = Number.NaN;
    line.closeCode = 0;
    line.client = 0;
    line.document = 0;
    line.unverified = false;

    for (let position = 0; ; position++) {
      let lead = layout[position];
      if (lead === undefined || !startsWith(lead.bytes, bytes, at)) {
        lead = leadAt(bytes, at, position);
        if (lead === undefined) return false;
      }
      at += lead.bytes.length;
      const { field } = lead.key;
      if (field === DOUBTFUL) return false;
      if (lead.key.mayNameEvent) mayNameEvent = true;

      const kind = bytes[at] as number;
      if (kind === QUOTE) {
        const from = at + 1;
        const to = stringEnd(bytes, from);
        if (to < 0) return false;
        at = to + 1;
        switch (field) {
          case TIME: {
            const time = timeAt(bytes, from, to);
            if (Number.isNaN(time)) return false;
            line.time = time;
            break;
          }
          case EVENT:
            event = eventAt(bytes, from);
            if (event < 0) return false;
            break;
          case SESSION:
            if (from === to) return false;
            line.idStart = from;
            line.idEnd = to;
            break;
          case CLIENT:
            line.client = hashBytes(bytes, from, to);
            break;
          case DOCUMENT:
            line.document = hashBytes(bytes, from, to);
            break;
          case PASSED_OVER:
            break;
          default:
            return false;
        }
      } else if (kind === MINUS || (kind >= ZERO && kind <= NINE)) {
        // A number, by JSON's grammar, without an exponent.
        const isNegative = kind === MINUS;
        if (isNegative) at++;
        let mantissa = 0;
        const from = at;
        let byte = bytes[at] as number;
        while (byte >= ZERO && byte <= NINE) {
          mantissa = mantissa * 10 + (byte - ZERO);
          byte = bytes[++at] as number;
        }
        let count = at - from;
        if (count === 0 || (count > 1 && bytes[from] === ZERO)) return false;
        let value = mantissa;
        const isInteger = byte !== DOT;
        if (!isInteger) {
          byte = bytes[++at] as number;
          const fraction = at;
          while (byte >= ZERO && byte <= NINE) {
            mantissa = mantissa * 10 + (byte - ZERO);
            byte = bytes[++at] as number;
          }
          const places = at - fraction;
          count += places;
          if (places === 0 || count > MAX_DIGITS) return false;
          // Both are exact, so their quotient is the double nearest to the decimal.
          value = mantissa / (POWERS[places] as number);
        }
        if (count > MAX_DIGITS) return false;
        switch (field) {
          case SEQUENCE:
            if (isNegative || !isInteger || value === 0) return false;
            line.sequence = value;
            break;
          case CODE:
            if (isNegative || !isInteger || value > 0xffff || value === 0) return false;
            line.closeCode = value;
            break;
          case DURATION:
            if (isNegative) return false;
            line.duration = value;
            break;
          case PASSED_OVER:
            break;
          default:
            return false;
        }
      } else {
        const length = literalLength(bytes, at);
        if (length === 0) return false;
        if (field === VERIFIED) line.unverified = kind === 0x66;
        else if (field !== PASSED_OVER) return false;
        at += length;
      }
      seen |= 1 << field;

      if (bytes[at] === CLOSE) break;
    }
    at++;

    if (bytes[at] === RETURN) at++;
    if (at < stop ? bytes[at] !== LINE_FEED : at > stop) return false;
    if (at - start > MAX_LINE_BYTES) return false;
    // Without an event, what else may name it is the parser's business; a close code names one.
    if (event < 0) {
      if (mayNameEvent || knowsCloses || (seen & (1 << CODE)) === 0) return false;
      if (line.closeCode < 1000 || line.closeCode > 4999) return false;
      event = CLOSED;
    }
    const needed = NEEDED[event] as number;
    if ((seen & needed) !== needed || !(line.time >= first && line.time < end)) return false;
    line.event = event;
    line.next = at + 1;
    return true;
  }

  return { line, read };
}

/** What stands for each of the plain events; undefined where one's name stands for another. */
function knownEvents(format: LogFormat): Uint8Array[] | undefined {
  const eventNamed = eventNames(format);
  const names = PLAIN_EVENTS.map((event) => format.events[event] ?? event);
  const areOwn = PLAIN_EVENTS.every((event, index) => eventNamed(names[index]) === event);
  return areOwn ? names.map((name) => encoder.encode(name)) : undefined;
}

/** undefined: what stands for a field is the parser's business. */
function knownKeys({ map }: LogFormat): Key[] | undefined {
  const keys = new Map<string, number>();
  for (const [field, name] of FIELDS.entries()) {
    const [key, ...deeper] = map[name] ?? [name];
    if (key === undefined || deeper.length > 0 || keys.has(key)) return undefined;
    // Milliseconds are told by the name; and what stands for two fields is not plain.
    if (key !== name && (field === DURATION || isDoubtful(key))) return undefined;
    keys.set(key, field);
  }
  for (const name of FIELDS) if (!keys.has(name)) keys.set(name, DOUBTFUL);
  return [...keys].map(([key, field]) => keyOf(key, encoder.encode(key), field));
}

function keyOf(key: string, bytes: Uint8Array, field: number): Key {
  return { bytes, field, mayNameEvent: EVENT_FIELDS.includes(key) };
}

const CANONICAL: ReadonlySet<string> = new Set(FIELDS.map(plain));
const ENVELOPES: ReadonlySet<string> = new Set(['log', 'stream', 'MESSAGE', '__proto__']);

function newKey(bytes: Uint8Array): Key {
  const key = new TextDecoder().decode(bytes);
  return keyOf(key, bytes, isDoubtful(key) ? DOUBTFUL : PASSED_OVER);
}

/** Other spellings of a field, and marks of an envelope, are left to the parser. */
function isDoubtful(key: string): boolean {
  const name = plain(key);
  return CANONICAL.has(name) || name.includes('duration') || ENVELOPES.has(key);
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Whether the string that begins at `start` is this one, to its quote. */
function isAt(wanted: Uint8Array, bytes: Uint8Array, start: number): boolean {
  return bytes[start + wanted.length] === QUOTE && startsWith(wanted, bytes, start);
}

function startsWith(wanted: Uint8Array, bytes: Uint8Array, start: number): boolean {
  for (let at = 0; at < wanted.length; at++) {
    if (wanted[at] !== bytes[start + at]) return false;
  }
  return true;
}

/** What ends a run of plain characters in a string: 1 for all but those. */
const STOPS = new Uint8Array(256).fill(1).fill(0, SPACE, DELETE + 1);
STOPS[QUOTE] = 1;
STOPS[BACKSLASH] = 1;

/** Where the string that begins at `at` has its quote; -1 where it is not plain ASCII. */
function stringEnd(bytes: Uint8Array, at: number): number {
  let end = at;
  // Beyond the array there is undefined, and so a stop.
  while (STOPS[bytes[end] as number] === 0) end++;
  return bytes[end] === QUOTE ? end : -1;
}

function digits(bytes: Uint8Array, start: number, count: number): number {
  let value = 0;
  for (let at = start; at < start + count; at++) {
    const byte = bytes[at] as number;
    if (!(byte >= ZERO && byte <= NINE)) return Number.NaN;
    value = value * 10 + (byte - ZERO);
  }
  return value;
}

/** Length of `true`, `false` or `null`; 0 for anything else. */
function literalLength(bytes: Uint8Array, at: number): number {
  for (const literal of LITERALS) {
    let same = 0;
    while (same < literal.length && literal[same] === bytes[at + same]) same++;
    if (same === literal.length) return same;
  }
  return 0;
}

const LITERALS = ['true', 'false', 'null'].map((word) => encoder.encode(word));
