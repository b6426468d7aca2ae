import type { LogName } from '../core/records.ts';
import { isFromBefore } from '../model/record.ts';
import {
  CLOSED_BY,
  EVENT as EVENT_INDEX,
  NAVIGATIONS,
  NO,
  type Rows,
  SESSION_REASONS,
  UNLOAD_REASONS,
  UNTOLD,
  YES,
} from '../model/rows.ts';
import { type ChunkMemory, MAX_LINE_BYTES } from './chunk-memory.ts';
import { checkOfLast, hashBytes, viewOf } from './hash.ts';
import { isAt, MIN_PATTERN_BYTES, type Pattern, patternAt, stringEnd } from './plain-bytes.ts';
import { KEYS, mayNameEvent, plainEvents, plainFields } from './plain-keys.ts';
import { PlainTimes } from './plain-times.ts';
import { EXHAUSTED_CODES } from './put-row.ts';
import type { LogFormat } from './sources.ts';

/** Taken apart here: the engine looks up what another module names each time that it is read. */
const [
  TIME,
  EVENT,
  SESSION,
  SEQUENCE,
  CLIENT,
  CODE,
  DURATION,
  DOCUMENT,
  VERIFIED,
  CLEAN,
  CLOSER,
  REASON,
  NAVIGATION,
  PARENT,
  ERROR,
  PASSED_OVER,
  DOUBTFUL,
] = [...KEYS.keys()] as [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

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

/** What a text field with few values can say, in its quotes, and the index of each. */
interface Values {
  texts: Pattern[];
  indexes: number[];
  /** The place of the one that was read last, which is often the next. */
  last: number;
}

const [STARTED, UNLOADED, LOADED, CLOSED] = [
  EVENT_INDEX.session_started,
  EVENT_INDEX.document_unloaded,
  EVENT_INDEX.document_loaded,
  EVENT_INDEX.connection_closed,
];

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
 * a session's event in their canonical types. Whatever else a line is, sound or not, is left to the parser,
 * which would say the same of a plain one.
 */
export class PlainReader {
  readonly #fieldOf: (key: string) => number;
  /** By index into `EVENTS`. */
  readonly #events: Values;
  readonly #knowsCloses: boolean;
  readonly #since: number;
  readonly #until: number;
  readonly #times = new PlainTimes();
  readonly #leads = new Map<string, Lead>();
  readonly #first: Lead[] = [];
  /** Of the line that is read: index into `EVENTS`, -1 while none was read. */
  #event = -1;
  #hasNullNumber = false;
  #verified = UNTOLD;
  #clean = UNTOLD;
  #closer = 0;
  #navigation = 0;
  /** Where the text is that what it means depends on the event; none where both are 0. */
  #reasonStart = 0;
  #reasonEnd = 0;
  #parentLow = 0;
  #parentHigh = 0;

  constructor(format: LogFormat, fieldOf: (key: string) => number, events: Map<number, string>) {
    this.#fieldOf = fieldOf;
    this.#events = valuesOf([...events.values()], [...events.keys()]);
    this.#knowsCloses = format.events.connection_closed !== undefined;
    this.#since = format.since ?? Number.NEGATIVE_INFINITY;
    this.#until = format.until ?? Number.POSITIVE_INFINITY;
  }

  /**
   * Reads the line that begins at `start` into a row, but for its place.
   *
   * @param end of the chunk
   * @returns where the next line begins; 0 where this one is not plain, and what is in the row worth nothing
   */
  read(memory: ChunkMemory, row: number, start: number, end: number): number {
    const { bytes, view, rows } = memory;
    if (bytes[start] !== OPEN) return 0;
    this.#begin(rows, row);

    let isTimed = false;
    let mayBeNamed = false;
    let next = this.#first;
    let at = start + 1;
    do {
      const lead = this.#lead(next, memory, at, at === start + 1);
      if (lead === undefined || lead.field === DOUBTFUL) return 0;
      const { field } = lead;
      at += lead.pattern.length;
      const kind = bytes[at] as number;
      if (kind === QUOTE) {
        const close = stringEnd(view, at + 1);
        if (close < 0 || !this.#isText(memory, row, field, at + 1, close)) return 0;
        at = close + 1;
      } else if (kind === MINUS || isDigit(kind)) at = this.#number(memory, row, field, at);
      else at = this.#literal(memory, row, field, at);
      if (at === 0) return 0;
      isTimed ||= field === TIME;
      mayBeNamed ||= lead.mayNameEvent;
      next = lead.next;
    } while (bytes[at] !== CLOSE);

    at++;
    if (bytes[at] === RETURN) at++;
    if (at < end ? bytes[at] !== LINE_FEED : at > end) return 0;
    if (!isTimed || at - start > MAX_LINE_BYTES) return 0;
    if (!this.#hasEvent(rows, row, mayBeNamed)) return 0;
    this.#finish(memory, row);
    const time = rows.time(row);
    const isInSpan = time >= this.#since && time < this.#until;
    return isInSpan && !isFromBefore(time, rows.value(row)) ? at + 1 : 0;
  }

  #begin(rows: Rows, row: number): void {
    rows.clear(row);
    this.#event = -1;
    this.#hasNullNumber = false;
    this.#verified = UNTOLD;
    this.#clean = UNTOLD;
    this.#closer = 0;
    this.#navigation = 0;
    this.#reasonEnd = 0;
    this.#parentLow = 0;
    this.#parentHigh = 0;
  }

  #hasEvent(rows: Rows, row: number, mayBeNamed: boolean): boolean {
    if (this.#event >= 0) return true;
    // What else may name it is the parser's business; a close code names a close.
    const code = rows.code(row);
    if (mayBeNamed || this.#knowsCloses || code < 1000 || code > 4999) return false;
    const isOfOne = rows.hasSession(row) || rows.hasClient(row) || rows.sequence(row) > 0;
    this.#event = CLOSED;
    return isOfOne;
  }

  /** What depends on the event, which may come after it in the line. */
  #finish({ rows, view }: ChunkMemory, row: number): void {
    const event = this.#event;
    let detail = 0;
    if (event === CLOSED) detail = this.#closer;
    else if (event === LOADED) detail = this.#navigation;
    else if (event === UNLOADED) detail = this.#reason(view, UNLOADS);
    else if (event === STARTED) {
      detail = this.#reason(view, STARTS);
      rows.setClient(row, this.#parentLow, this.#parentHigh);
    }
    rows.setEvent(row, event);
    if (this.#hasNullNumber && rows.hasSession(row)) rows.setUnusableNumber(row);
    rows.setFlags(row, this.#verified, detail, this.#clean);
  }

  #reason(view: DataView, values: Values): number {
    return this.#reasonEnd === 0 ? 0 : valueAt(values, view, this.#reasonStart, this.#reasonEnd);
  }

  #lead(
    next: Lead[],
    { buffer, view }: ChunkMemory,
    at: number,
    isFirst: boolean,
  ): Lead | undefined {
    for (let place = 0; place < next.length; place++) {
      const lead = next[place] as Lead;
      if (isAt(lead.pattern, view, at)) return lead;
    }
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
    if (this.#leads.size === MAX_LEADS || text.length < MIN_PATTERN_BYTES) return undefined;
    const lead: Lead = {
      pattern: patternAt(view, start, at),
      field: this.#fieldOf(key),
      mayNameEvent: mayNameEvent(key),
      next: [],
    };
    this.#leads.set(text, lead);
    return lead;
  }

  /** Whether a field can have the string between the quotes, which is put where it belongs. */
  #isText(memory: ChunkMemory, row: number, field: number, start: number, end: number): boolean {
    if (field === PASSED_OVER) return true;
    const { rows, view } = memory;
    switch (field) {
      case TIME: {
        const time = this.#times.at(memory, start, end);
        rows.setTime(row, time);
        return !Number.isNaN(time);
      }
      case EVENT:
        this.#event = indexAt(this.#events, view, start - 1, end + 1);
        return this.#event >= 0;
      case CLOSER:
        this.#closer = valueAt(CLOSERS, view, start, end);
        // Another word may stand for one of these.
        return this.#closer < CLOSED_BY.length - 1;
      case NAVIGATION:
        this.#navigation = valueAt(LOADS, view, start, end);
        return true;
      case REASON:
        this.#reasonStart = start;
        this.#reasonEnd = end;
        return true;
      case ERROR:
        return !EXHAUSTED.has(view.getInt32(start, true));
      default:
        // A dash may be an id, or stand for none: by a mapping, which the parser knows.
        if (end - start === 1 && view.getUint8(start) === MINUS) return false;
        return start < end && this.#isId(memory, row, field, start, end);
    }
  }

  /** Whether the field is one for an id; its hash is put where it belongs. */
  #isId(
    { rows, view }: ChunkMemory,
    row: number,
    field: number,
    start: number,
    end: number,
  ): boolean {
    switch (field) {
      case SESSION:
        rows.setSession(row, hashBytes(view, start, end), checkOfLast());
        return true;
      case CLIENT:
        rows.setClient(row, hashBytes(view, start, end), checkOfLast());
        return true;
      case DOCUMENT:
        rows.setDocument(row, hashBytes(view, start, end), checkOfLast());
        return true;
      case PARENT:
        this.#parentLow = hashBytes(view, start, end);
        this.#parentHigh = checkOfLast();
        return true;
      default:
        return false;
    }
  }

  /**
   * A number by JSON's grammar, without an exponent.
   *
   * @returns where it ends; 0 where it is none, or none that the field can have
   */
  #number(memory: ChunkMemory, row: number, field: number, start: number): number {
    const { bytes, rows } = memory;
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
    if (field === DURATION) rows.setValue(row, value);
    else if (!isInteger) return 0;
    else if (field === SEQUENCE && value > 0) rows.setSequence(row, value);
    else if (field === CODE && value > 0 && value <= 0xffff) rows.setCode(row, value);
    else if (!this.#isId(memory, row, field, first, at)) return 0;
    return at;
  }

  /** @returns where the literal ends; 0 where it is none, or none that the field can have */
  #literal({ view, rows }: ChunkMemory, row: number, field: number, at: number): number {
    const isFalse = isAt(FALSE, view, at);
    if (isFalse || isAt(TRUE, view, at)) {
      if (field === VERIFIED) this.#verified = isFalse ? NO : YES;
      else if (field === CLEAN) this.#clean = isFalse ? NO : YES;
      else if (field !== PASSED_OVER) return 0;
      return at + (isFalse ? FALSE.length : TRUE.length);
    }
    if (!isAt(NULL, view, at)) return 0;
    return this.#isNull(rows, row, field) ? at + NULL.length : 0;
  }

  /** Whether a null says no more than if the field were not there; what the same key said before is void. */
  #isNull(rows: Rows, row: number, field: number): boolean {
    switch (field) {
      case TIME:
      case EVENT:
      case SESSION:
        return false;
      case CLIENT:
        rows.setClient(row, 0, 0);
        break;
      case DOCUMENT:
        rows.setDocument(row, 0, 0);
        break;
      case PARENT:
        this.#parentLow = 0;
        this.#parentHigh = 0;
        break;
      case SEQUENCE:
        rows.setSequence(row, 0);
        this.#hasNullNumber = true;
        break;
      case CODE:
        rows.setCode(row, 0);
        break;
      case DURATION:
        rows.setValue(row, Number.NaN);
        break;
      case VERIFIED:
        this.#verified = UNTOLD;
        break;
      case CLEAN:
        this.#clean = UNTOLD;
        break;
      case CLOSER:
        this.#closer = 0;
        break;
      case NAVIGATION:
        this.#navigation = 0;
        break;
      case REASON:
        this.#reasonEnd = 0;
    }
    return true;
  }
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= NINE;

const [TRUE, FALSE, NULL] = ['true', 'false', 'null'].map((word) => patternOf(word)) as [
  Pattern,
  Pattern,
  Pattern,
];

/** By the first word of each. */
const EXHAUSTED: ReadonlySet<number> = new Set(EXHAUSTED_CODES.map((code) => patternOf(code).head));

const [CLOSERS, UNLOADS, STARTS, LOADS] = [
  CLOSED_BY,
  UNLOAD_REASONS,
  SESSION_REASONS,
  NAVIGATIONS,
].map((texts) => {
  // The first stands for none.
  const [, ...indexes] = texts.keys();
  return valuesOf(texts.slice(1), indexes);
}) as [Values, Values, Values, Values];

function valuesOf(texts: readonly string[], indexes: number[]): Values {
  return { texts: texts.map((text) => patternOf(`"${text}"`)), indexes, last: 0 };
}

/** The index of the text between the quotes: the last one's where it is not among the values. */
function valueAt(values: Values, view: DataView, start: number, end: number): number {
  if (start === end) return 0;
  const known = indexAt(values, view, start - 1, end + 1);
  return known > 0 ? known : values.texts.length;
}

/** @param start of its quotes @param end behind them @returns -1 where it is none of them */
function indexAt(values: Values, view: DataView, start: number, end: number): number {
  const { texts, indexes } = values;
  const length = end - start;
  const last = texts[values.last] as Pattern;
  if (last.length === length && isAt(last, view, start)) return indexes[values.last] as number;
  for (let place = 0; place < texts.length; place++) {
    const text = texts[place] as Pattern;
    if (text.length !== length || !isAt(text, view, start)) continue;
    values.last = place;
    return indexes[place] as number;
  }
  return -1;
}

function patternOf(text: string): Pattern {
  const bytes = Buffer.from(text);
  return patternAt(viewOf(bytes), 0, bytes.length);
}
