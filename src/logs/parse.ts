import type { LogName } from '../core/records.ts';
import { durationOf, isFromBefore, type LogRecord } from '../model/record.ts';
import { MAX_LINE_BYTES } from './chunk-memory.ts';
import { closedByIn } from './closed-by.ts';
import { parseSeconds } from './durations.ts';
import type { OnNamed } from './field-names.ts';
import { logfmtFields } from './logfmt.ts';
import { REASON } from './reasons.ts';
import { createRules, type Rules, SAYS_NOTHING } from './rules.ts';
import type { LogFormat } from './sources.ts';
import { findTime, parseTime } from './times.ts';
import { plainWords, type Unwrapped, unwrapLine } from './unwrap.ts';

/**
 * Why a sound line is not used: nothing on it, no connection event, or a time outside of what was asked
 * for.
 */
type IgnoreReason = 'blank' | 'no-event' | 'out-of-span';

/** A record, wherever it stands. */
export type ParsedRecord = {
  kind: 'record';
  /** The container that wrote it, where the line names one. */
  writer: string | undefined;
  /** Fields that it has, and that can't be read. */
  unread?: readonly string[] | undefined;
} & Omit<LogRecord, 'log' | 'file' | 'line'>;

/** What a line is. */
export type Parsed =
  | ParsedRecord
  /** `naming`: by the way, it tells whose session a connection is. */
  | { kind: 'ignored'; reason: IgnoreReason; naming?: ParsedRecord }
  | { kind: 'rejected'; reason: string };

type Fields = Record<string, unknown>;

/** Fields that hold a time, by the loggers' habits; the first that can be read is it. */
export const TIME_FIELDS: readonly string[] = ['time', 'timestamp', 'ts', '@timestamp', 'asctime'];

const IGNORED = {
  blank: { kind: 'ignored', reason: 'blank' },
  noEvent: { kind: 'ignored', reason: 'no-event' },
  outOfSpan: { kind: 'ignored', reason: 'out-of-span' },
} as const satisfies Record<string, Parsed>;

/**
 * The parser of a log's lines. Each line stands for itself, whatever came before it; it never throws,
 * whatever its bytes are.
 *
 * @throws PatternTooSlow
 */
export function createParser(
  format: LogFormat,
  log: LogName,
  onNamed?: OnNamed,
): (line: Buffer) => Parsed {
  const rules = createRules(format);
  const knowsCloses = log === 'faults' || rules.saysWhatCloses;
  const since = format.since ?? Number.NEGATIVE_INFINITY;
  const until = format.until ?? Number.POSITIVE_INFINITY;

  return (line) => {
    if (line.length > MAX_LINE_BYTES) return { kind: 'rejected', reason: REASON.tooLong };
    const { unwrapped, fields } = readFields(line, rules);
    if (unwrapped.kind === 'blank') return IGNORED.blank;
    if (fields === undefined) {
      return unwrapped.kind === 'rejected' && !isWords(unwrapped, rules, line)
        ? unwrapped
        : IGNORED.noEvent;
    }
    if (!rules.isAbout(fields)) return IGNORED.noEvent;
    // To be looked up first: what is mapped may get a name that stands for the event here.
    const named = rules.eventOf(fields, onNamed);
    rules.name(fields, onNamed);
    const event = named ?? closeByFields(fields, knowsCloses);
    if (event === undefined) return namingOf(fields, rules.zone);
    let unread = readValues(fields);
    const { time: around, writer } = unwrapped.kind === 'rejected' ? NOTHING_AROUND : unwrapped;
    const time =
      timeOf(fields, rules.zone) ?? endOf(fields, rules.zone) ?? around ?? timeWithin(unwrapped);
    if (time === undefined) return { kind: 'rejected', reason: whyNoTime(fields) };
    if (time < since || time >= until) return IGNORED.outOfSpan;
    if (event === 'connection_closed') reckonDuration(fields, time, rules.zone);
    if (isFromBefore(time, durationOf(fields.duration_seconds))) {
      fields.duration_seconds = null;
      unread = [...unread, 'duration_seconds'];
    }
    const parent = idOf(fields.parent_session_id);
    if (parent !== undefined) fields.parent_session_id = parent;
    return {
      kind: 'record',
      writer,
      unread: unread.length > 0 ? unread : undefined,
      time,
      event,
      session_id: idOf(fields.session_id),
      connection_sequence: sequenceOf(fields.connection_sequence),
      client_id: idOf(fields.client_id),
      document_id: idOf(fields.document_id),
      fields,
    };
  };
}

/** A line, and the fields that it has in JSON or in words; undefined where it is not understood. */
export function readFields(
  line: Buffer,
  rules: Rules,
): { unwrapped: Unwrapped; fields: Fields | undefined } {
  const text = rules.hasPatterns ? plainWords(line) : undefined;
  const words = text === undefined ? undefined : rules.ofWords(text);
  if (text !== undefined && words !== undefined) {
    return { unwrapped: wordsAlone(text), fields: words };
  }
  const unwrapped = unwrapLine(line);
  return { unwrapped, fields: fieldsOf(unwrapped, rules, line) };
}

const wordsAlone = (text: string): Unwrapped => ({
  kind: 'words',
  text,
  time: undefined,
  writer: undefined,
});

const NOTHING_AROUND = { time: undefined, writer: undefined };

function fieldsOf(unwrapped: Unwrapped, rules: Rules, line: Buffer): Fields | undefined {
  switch (unwrapped.kind) {
    case 'object':
      rules.addPrefix(unwrapped.fields, unwrapped.prefix);
      return unwrapped.fields;
    case 'words':
      return rules.ofWords(unwrapped.text) ?? logfmtFields(unwrapped.text);
    case 'rejected':
      // Words may have in them what looks like half a record.
      return unwrapped.reason === REASON.notJson ? rules.ofWords(line.toString()) : undefined;
    default:
      return undefined;
  }
}

/** A time that stands by itself in words whose pattern takes none. */
const timeWithin = (unwrapped: Unwrapped): number | undefined =>
  unwrapped.kind === 'words' ? findTime(unwrapped.text) : undefined;

/** Of a log that is known to be of words, whatever is in them; but not what begins as a record does. */
const isWords = ({ reason }: { reason: string }, rules: Rules, line: Buffer): boolean =>
  rules.hasPatterns && reason === REASON.notJson && !/^\s*\{/.test(line.toString('latin1', 0, 64));

/** Fields that are numbers, whatever quotes they are in. */
const NUMBERS = [
  'connection_sequence',
  'close_code',
  'http_status',
  'delay_ms',
  'backoff_attempt',
  'last_seen_sequence',
];
const BOOLEANS = ['was_clean', 'session_verified'];
const DIGITS = /^\d{1,15}$/;

/** Makes numbers of digits in quotes, and the like; returns the fields that can't be read. */
function readValues(fields: Fields): readonly string[] {
  let unread = NONE_UNREAD;
  const read = (field: string, value: unknown) => {
    if (value !== undefined) fields[field] = value;
    else if (!SAYS_NOTHING.has(fields[field])) unread = [...unread, field];
  };
  for (const field of NUMBERS) {
    const value = fields[field];
    if (typeof value !== 'number' && value != null) read(field, numberIn(value));
  }
  for (const field of BOOLEANS) {
    const value = fields[field];
    if (typeof value === 'string') read(field, BOOLEAN_TEXTS.get(value.toLowerCase()));
  }
  const closedBy = closedByIn(fields.closed_by);
  if (closedBy !== undefined) fields.closed_by = closedBy;
  const duration = fields.duration_seconds;
  if (typeof duration !== 'number' && duration != null) {
    read('duration_seconds', parseSeconds(duration));
  }
  return unread;
}

const NONE_UNREAD: readonly string[] = [];

const numberIn = (value: unknown): number | undefined =>
  typeof value === 'string' && DIGITS.test(value) ? Number(value) : undefined;

const BOOLEAN_TEXTS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['false', false],
]);

/** A close that says when its connection opened says how long it lived. */
function reckonDuration(fields: Fields, time: number, zone: string | null): void {
  if (typeof fields.duration_seconds === 'number') return;
  const openedAt = parseTime(fields.opened_at, zone);
  if (openedAt !== undefined && openedAt <= time)
    fields.duration_seconds = (time - openedAt) / 1000;
}

/** When a line was written that tells only when something began, and how long it took. */
function endOf({ opened_at, duration_seconds }: Fields, zone: string | null): number | undefined {
  const openedAt = parseTime(opened_at, zone);
  if (openedAt === undefined) return undefined;
  const seconds = typeof duration_seconds === 'number' ? duration_seconds : 0;
  return Math.round(openedAt + 1000 * Math.max(seconds, 0));
}

/** When a line was written, whether or not it is a record; null where it does not say. */
export function timeIn(line: Buffer): number | null {
  const unwrapped = unwrapLine(line);
  return unwrapped.kind === 'object' ? (timeOf(unwrapped.fields) ?? unwrapped.time ?? null) : null;
}

/** The first time that a line's own fields hold. */
function timeOf(fields: Fields, zone: string | null = null): number | undefined {
  for (const name of TIME_FIELDS) {
    const time = parseTime(fields[name], zone);
    if (time !== undefined) return time;
  }
  return undefined;
}

function whyNoTime(fields: Fields): string {
  return TIME_FIELDS.some((name) => fields[name] !== undefined) ? REASON.badTime : REASON.noTime;
}

/** A line with a close code and whose connection it was is a close, whatever it calls itself. */
function closeByFields(fields: Fields, knowsCloses: boolean): string | undefined {
  if (knowsCloses || !isCloseCode(fields.close_code)) return undefined;
  const { session_id, connection_sequence, client_id } = fields;
  const isOfOne = [session_id, connection_sequence, client_id].some((id) => id != null);
  return isOfOne ? 'connection_closed' : undefined;
}

/** A line about something else may say whose session a connection is, as a login does. */
function namingOf(fields: Fields, zone: string | null): Parsed {
  const session_id = idOf(fields.session_id);
  const client_id = idOf(fields.client_id);
  if (session_id === undefined || client_id === undefined) return IGNORED.noEvent;
  const time = timeOf(fields, zone);
  if (time === undefined) return IGNORED.noEvent;
  const connection_sequence = sequenceOf(fields.connection_sequence);
  const ids = { session_id, client_id, connection_sequence, document_id: undefined };
  const event = 'connection_named';
  const naming = { kind: 'record', writer: undefined, time, event, ...ids, fields } as const;
  return { ...IGNORED.noEvent, naming };
}

/** As text too: numbers in quotes are the log's mistake, and no reason to look away from a close. */
function isCloseCode(value: unknown): boolean {
  const code = typeof value === 'string' && /^\d{4}$/.test(value) ? Number(value) : value;
  return Number.isInteger(code) && (code as number) >= 1000 && (code as number) <= 4999;
}

const LONE_SURROGATE = /\p{Surrogate}/gu;
/** Looked for first: most ids have none, which is soon seen. */
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Text, or a whole number by its digits; one that JSON's readers round might be another's. Half a character,
 * which no bytes can hold, stands as it is escaped, so that ids stay different in every form.
 */
function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
    if (!SURROGATE.test(value)) return value;
    return value.replace(LONE_SURROGATE, (half) => `\\u${half.charCodeAt(0).toString(16)}`);
  }
  return Number.isSafeInteger(value) && (value as number) >= 0 ? String(value) : undefined;
}

/** The session that this record's session comes from. */
export function parentOf({ fields }: Pick<LogRecord, 'fields'>): string | undefined {
  const { parent_session_id: parent } = fields;
  return typeof parent === 'string' ? parent : undefined;
}

function sequenceOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}
