import type { LogName } from '../core/records.ts';
import { type Columns, MAX_LINE_BYTES, PLAIN_EVENTS } from './columns.ts';
import { checkOfLast, hashBytes, viewOf } from './hash.ts';
import {
  CLIENT,
  CODE,
  DOCUMENT,
  DOUBTFUL,
  DURATION,
  EVENT,
  mayNameEvent,
  PASSED_OVER,
  plainEvents,
  plainFields,
  SEQUENCE,
  SESSION,
  TIME,
  VERIFIED,
} from './plain-keys.ts';
import { PlainTimes } from './plain-times.ts';
import type { LogFormat } from './sources.ts';
import { isAt, type Pattern, patternAt, stringEnd, WORD_BYTES } from './words.ts';

const QUOTE = 0x22;
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

/** What leads from one value of a line to the next: a comma, a key and a colon. */
interface Lead {
  pattern: Pattern;
  field: number;
  mayNameEvent: boolean;
  /** What came after its value, the latest first: a logger writes few kinds of lines. */
  next: Lead[];
}

/** Leads that are known, and how long: what has more is no log with fields. */
const MAX_LEADS = 1024;
const MAX_LEAD_BYTES = 256;
const MAX_NEXT = 4;

/** @returns undefined where no line of such a log is plain */
export function createPlainReader(format: LogFormat, log: LogName): PlainReader | undefined {
  const fieldOf = plainFields(format);
  const events = plainEvents(format);
  return fieldOf && events && log !== 'faults'
    ? new PlainReader(format, fieldOf, events)
    : undefined;
}

/**
 * Reads lines that are plain: one flat JSON object of ASCII, without escapes, with the canonical fields of
 * a connection event in their canonical types. Whatever else a line is, sound or not, is left to the
 * parser, which would say the same of a plain one.
 */
export class PlainReader {
  readonly #fieldOf: (key: string) => number;
  readonly #events: readonly Pattern[];
  readonly #knowsCloses: boolean;
  readonly #since: number;
  readonly #until: number;
  readonly #times = new PlainTimes();
  readonly #leads = new Map<string, Lead>();
  readonly #first: Lead[] = [];
  /** Index into `PLAIN_EVENTS`; -1 while none was read. */
  #event = -1;

  constructor(format: LogFormat, fieldOf: (key: string) => number, events: readonly string[]) {
    this.#fieldOf = fieldOf;
    this.#events = events.map(quoted);
    this.#knowsCloses = format.events.connection_closed !== undefined;
    this.#since = format.since ?? Number.NEGATIVE_INFINITY;
    this.#until = format.until ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Reads the line that begins at `start` into a row, but for its number.
   *
   * @param end of the chunk
   * @returns where the next line begins; 0 where this one is not plain, and what is in the row worth nothing
   */
  read(columns: Columns, row: number, start: number, end: number): number {
    const { bytes, view } = columns;
    if (bytes[start] !== OPEN) return 0;
    this.#event = -1;
    columns.duration[row] = Number.NaN;
    columns.closeCode[row] = 0;
    columns.client[row] = 0;
    columns.document[row] = 0;
    columns.unverified[row] = 0;

    let seen = 0;
    let mayBeNamed = false;
    let next = this.#first;
    let at = start + 1;
    do {
      const lead = this.#lead(next, columns, at, at === start + 1);
      if (lead === undefined || lead.field === DOUBTFUL) return 0;
      const { field } = lead;
      at += lead.pattern.length;
      const kind = bytes[at] as number;
      if (kind === QUOTE) {
        const close = stringEnd(view, at + 1);
        if (close < 0 || !this.#isText(columns, row, field, at + 1, close)) return 0;
        at = close + 1;
      } else if (kind === MINUS || isDigit(kind)) at = this.#number(columns, row, field, at);
      else at = literal(columns, row, field, at);
      if (at === 0) return 0;
      seen |= 1 << field;
      mayBeNamed ||= lead.mayNameEvent;
      next = lead.next;
    } while (bytes[at] !== CLOSE);

    at++;
    if (bytes[at] === RETURN) at++;
    if (at < end ? bytes[at] !== LINE_FEED : at > end) return 0;
    if (at - start > MAX_LINE_BYTES || !this.#isEvent(columns, row, seen, mayBeNamed)) return 0;
    const time = columns.time[row] as number;
    return time >= this.#since && time < this.#until ? at + 1 : 0;
  }

  /** Whether the line has all that its event needs. */
  #isEvent(columns: Columns, row: number, seen: number, mayBeNamed: boolean): boolean {
    let event = this.#event;
    if (event < 0) {
      // What else may name it is the parser's business; a close code names a close.
      const code = columns.closeCode[row] as number;
      if (mayBeNamed || this.#knowsCloses || code < 1000 || code > 4999) return false;
      event = CLOSED;
    }
    columns.event[row] = event;
    const needed = NEEDED[event] as number;
    return (seen & needed) === needed;
  }

  #lead(next: Lead[], { buffer, view }: Columns, at: number, isFirst: boolean): Lead | undefined {
    for (const lead of next) if (isAt(lead.pattern, view, at)) return lead;
    const lead = this.#newLead(buffer, view, at, isFirst);
    if (lead === undefined) return undefined;
    if (next.unshift(lead) > MAX_NEXT) next.pop();
    return lead;
  }

  #newLead(buffer: Buffer, view: DataView, start: number, isFirst: boolean): Lead | undefined {
    let at = start;
    if (!isFirst && buffer[at++] !== COMMA) return undefined;
    if (buffer[at] === SPACE) at++;
    if (buffer[at++] !== QUOTE) return undefined;
    const close = stringEnd(view, at);
    if (close < 0 || close - at > MAX_LEAD_BYTES) return undefined;
    const key = buffer.toString('latin1', at, close);
    at = close + 1;
    if (buffer[at++] !== COLON) return undefined;
    if (buffer[at] === SPACE) at++;
    const text = buffer.toString('latin1', start, at);
    const known = this.#leads.get(text);
    if (known !== undefined) return known;
    if (this.#leads.size === MAX_LEADS || text.length < WORD_BYTES) return undefined;
    const lead: Lead = {
      pattern: patternAt(view, start, at),
      field: this.#fieldOf(key),
      mayNameEvent: mayNameEvent(key),
      next: [],
    };
    this.#leads.set(text, lead);
    return lead;
  }

  /** Whether a field can have the string between the quotes; it is put into its column. */
  #isText(columns: Columns, row: number, field: number, start: number, end: number): boolean {
    if (field === PASSED_OVER) return true;
    if (field === TIME) {
      const time = this.#times.at(columns, start, end);
      columns.time[row] = time;
      return !Number.isNaN(time);
    }
    if (field === EVENT) {
      this.#event = this.#eventAt(columns.view, start - 1, end + 1);
      return this.#event >= 0;
    }
    return start < end && isId(columns, row, field, start, end);
  }

  /** @param start of its quotes @param end behind them */
  #eventAt(view: DataView, start: number, end: number): number {
    for (let event = 0; event < this.#events.length; event++) {
      const name = this.#events[event] as Pattern;
      if (name.length === end - start && isAt(name, view, start)) return event;
    }
    return -1;
  }

  /**
   * A number by JSON's grammar, without an exponent.
   *
   * @returns where it ends; 0 where it is none, or none that the field can have
   */
  #number(columns: Columns, row: number, field: number, start: number): number {
    const { bytes } = columns;
    const isNegative = bytes[start] === MINUS;
    const first = isNegative ? start + 1 : start;
    let at = first;
    let value = 0;
    let byte = bytes[at] as number;
    while (isDigit(byte)) {
      value = value * 10 + (byte - ZERO);
      byte = bytes[++at] as number;
    }
    let digits = at - first;
    if (digits === 0 || (digits > 1 && bytes[first] === ZERO)) return 0;
    const isInteger = byte !== DOT;
    if (!isInteger) {
      const point = at;
      byte = bytes[++at] as number;
      while (isDigit(byte)) {
        value = value * 10 + (byte - ZERO);
        byte = bytes[++at] as number;
      }
      const places = at - point - 1;
      digits += places;
      // Both are exact, so their quotient is the double nearest to the decimal.
      value /= POWERS[places] ?? 0;
      if (places === 0) return 0;
    }
    if (digits > MAX_DIGITS) return 0;
    if (field === PASSED_OVER) return at;
    if (isNegative) return 0;
    if (field === DURATION) columns.duration[row] = value;
    else if (!isInteger) return 0;
    else if (field === SEQUENCE && value > 0) columns.sequence[row] = value;
    else if (field === CODE && value > 0 && value <= 0xffff) columns.closeCode[row] = value;
    else if (!isId(columns, row, field, first, at)) return 0;
    return at;
  }
}

/** Whether the field is one for an id; its hash is put into its column. */
function isId(columns: Columns, row: number, field: number, start: number, end: number): boolean {
  if (field === SESSION) {
    columns.idStart[row] = start;
    columns.idLength[row] = end - start;
    columns.idHash[row] = hashBytes(columns.view, start, end);
    columns.idCheck[row] = checkOfLast();
  } else if (field === CLIENT) columns.client[row] = hashBytes(columns.view, start, end);
  else if (field === DOCUMENT) columns.document[row] = hashBytes(columns.view, start, end);
  else return false;
  return true;
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

const [TRUE, FALSE, NULL] = ['true', 'false', 'null'].map((word) => patternOf(word)) as [
  Pattern,
  Pattern,
  Pattern,
];

/** @returns where the literal ends; 0 where it is none, or none that the field can have */
function literal({ view, unverified }: Columns, row: number, field: number, at: number): number {
  if (field !== VERIFIED && field !== PASSED_OVER) return 0;
  const isFalse = isAt(FALSE, view, at);
  if (!isFalse && !isAt(TRUE, view, at) && !isAt(NULL, view, at)) return 0;
  if (field === VERIFIED) unverified[row] = isFalse ? 1 : 0;
  return at + (isFalse ? FALSE.length : TRUE.length);
}

const quoted = (text: string): Pattern => patternOf(`"${text}"`);

function patternOf(text: string): Pattern {
  const bytes = Buffer.from(text);
  return patternAt(viewOf(bytes), 0, bytes.length);
}
