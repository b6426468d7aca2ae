import type { LogName } from '../core/records.ts';
import type { LogRecord } from '../model/record.ts';
import { MAX_LINE_BYTES } from './chunk-memory.ts';
import { eventNamed } from './events.ts';
import { nameFields, valueAt } from './mapping.ts';
import { REASON } from './reasons.ts';
import type { LogFormat } from './sources.ts';
import { parseTime } from './times.ts';
import { unwrapLine } from './unwrap.ts';

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
} & Omit<LogRecord, 'log' | 'file' | 'line'>;

/** What a line is. */
export type Parsed =
  | ParsedRecord
  | { kind: 'ignored'; reason: IgnoreReason }
  | { kind: 'rejected'; reason: string };

type Fields = Record<string, unknown>;

/** Fields that hold a time, by the loggers' habits; the first that can be read is it. */
const TIME_FIELDS = ['time', 'timestamp', 'ts', '@timestamp', 'asctime'];

/** Fields that may name an event. */
export const EVENT_FIELDS: readonly string[] = ['event', 'msg', 'message', 'name', 'type'];

/** Fields of a close that would be missing, and unsaid, if they were not numbers. */
const NUMBERS = ['close_code', 'duration_seconds'];

const IGNORED = {
  blank: { kind: 'ignored', reason: 'blank' },
  noEvent: { kind: 'ignored', reason: 'no-event' },
  outOfSpan: { kind: 'ignored', reason: 'out-of-span' },
} as const satisfies Record<string, Parsed>;

/**
 * The parser of a log's lines. Each line stands for itself, whatever came before it; it never throws,
 * whatever its bytes are.
 */
export function createParser(format: LogFormat, log: LogName): (line: Buffer) => Parsed {
  const nameEvent = eventNamer(format, log);
  const since = format.since ?? Number.NEGATIVE_INFINITY;
  const until = format.until ?? Number.POSITIVE_INFINITY;

  return (line) => {
    if (line.length > MAX_LINE_BYTES) return { kind: 'rejected', reason: REASON.tooLong };
    const unwrapped = unwrapLine(line);
    if (unwrapped.kind === 'rejected') return unwrapped;
    if (unwrapped.kind === 'blank') return IGNORED.blank;
    if (unwrapped.kind === 'text') return IGNORED.noEvent;

    const { fields } = unwrapped;
    // To be looked up first: what is mapped may get a name that stands for the event here.
    const mapped = format.map.event && valueAt(fields, format.map.event);
    nameFields(fields, format.map);
    const event = nameEvent(fields, mapped);
    if (event === undefined) return IGNORED.noEvent;
    const time = timeOf(fields) ?? unwrapped.time;
    if (time === undefined) return { kind: 'rejected', reason: whyNoTime(fields) };
    if (time < since || time >= until) return IGNORED.outOfSpan;
    const quoted = NUMBERS.find((name) => typeof fields[name] === 'string');
    if (event === 'connection_closed' && quoted !== undefined) {
      return { kind: 'rejected', reason: `${quoted} is a string, not a number` };
    }
    const parent = idOf(fields.parent_session_id);
    if (parent !== undefined) fields.parent_session_id = parent;
    return {
      kind: 'record',
      writer: unwrapped.writer,
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

/** When a line was written, whether or not it is a record; null where it does not say. */
export function timeIn(line: Buffer): number | null {
  const unwrapped = unwrapLine(line);
  return unwrapped.kind === 'object' ? (timeOf(unwrapped.fields) ?? unwrapped.time ?? null) : null;
}

/** The first time that a line's own fields hold. */
function timeOf(fields: Fields): number | undefined {
  for (const name of TIME_FIELDS) {
    const time = parseTime(fields[name]);
    if (time !== undefined) return time;
  }
  return undefined;
}

function whyNoTime(fields: Fields): string {
  return TIME_FIELDS.some((name) => fields[name] !== undefined) ? REASON.badTime : REASON.noTime;
}

/** Which event it is that a value names in logs of that format. */
export function eventNames({ events }: LogFormat): (name: unknown) => string | undefined {
  const told = new Map(Object.entries(events).map(([event, value]) => [value, event]));
  return (name) => {
    if (typeof name === 'number') return told.get(String(name));
    return typeof name === 'string' ? (told.get(name) ?? eventNamed(name)) : undefined;
  };
}

function eventNamer(format: LogFormat, log: LogName) {
  const named = eventNames(format);
  const knowsCloses = log === 'faults' || Object.hasOwn(format.events, 'connection_closed');

  return (fields: Fields, mapped: unknown): string | undefined => {
    if (mapped !== undefined) return named(mapped) ?? closeByFields(fields, knowsCloses);
    for (const field of EVENT_FIELDS) {
      const event = named(fields[field]);
      if (event !== undefined) return event;
    }
    return closeByFields(fields, knowsCloses);
  };
}

/** A line with a close code and whose connection it was is a close, whatever it calls itself. */
function closeByFields(fields: Fields, knowsCloses: boolean): string | undefined {
  if (knowsCloses || !isCloseCode(fields.close_code)) return undefined;
  const { session_id, connection_sequence, client_id } = fields;
  const isOfOne = [session_id, connection_sequence, client_id].some((id) => id != null);
  return isOfOne ? 'connection_closed' : undefined;
}

/** As text too: numbers in quotes are the log's mistake, and no reason to look away from a close. */
function isCloseCode(value: unknown): boolean {
  const code = typeof value === 'string' && /^\d{4}$/.test(value) ? Number(value) : value;
  return Number.isInteger(code) && (code as number) >= 1000 && (code as number) <= 4999;
}

const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * Text, or a whole number by its digits; one that JSON's readers round might be another's. Half a character,
 * which no bytes can hold, stands as it is escaped, so that ids stay different in every form.
 */
function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') {
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
