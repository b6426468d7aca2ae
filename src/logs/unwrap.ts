import { isUtf8 } from 'node:buffer';
import { REASON } from './reasons.ts';
import { findTime, parseTime } from './times.ts';

/** What a line holds, once what collectors and loggers put around it is off. */
export type Unwrapped =
  | {
      kind: 'object';
      fields: Record<string, unknown>;
      /** When the collector had it, in milliseconds since the epoch, where it says so. */
      time: number | undefined;
      /** The container that wrote it, where a prefix names one. */
      writer: string | undefined;
      /** The words before the record. */
      prefix: string;
    }
  | { kind: 'blank' }
  /** No record, nor what may be left of one. */
  | { kind: 'words'; text: string; time: number | undefined; writer: string | undefined }
  | { kind: 'rejected'; reason: string };

type Fields = Record<string, unknown>;

const BLANK: Unwrapped = { kind: 'blank' };
const rejected = (reason: string): Unwrapped => ({ kind: 'rejected', reason });

/** Nobody wraps more often; a line can't make us look for ever. */
const MAX_WRAPS = 4;

/** No log nests deeper; what does breaks whoever walks it by recursion. */
const MAX_DEPTH = 100;

/** Kubernetes' container logs: time, stream, whether the line is whole (F) or a part (P), the line. */
const CRI = /^(\S+) (?:stdout|stderr) ([FP])(?::\S*)? (.*)$/s;

/**
 * A container as `kubectl logs --prefix` and `docker compose logs` name it. Compose's has a digit or a hyphen
 * behind its first letters, which levels and times have not.
 */
const WRITER = /^\s*(?:\[(pod\/[^\]\s]+)\] |(?=[a-z.]+[-_\d])([\w.-]+) +\| )/i;

/** What a torn record has before another one, and a logger's prefix has not. */
const JSON_MARKS = /[{}]|"[:,]/;

/** What a part of a record has, and a message in words has not: quotes at marks, or a brace alone. */
const RECORD_MARKS = /"\s*(?:[:}\]]|,\s*["{[\d-])|[{[]\s*"|^\s*[{[]\s*$/;
/** Words have none, but for tabs. */
const CONTROL = /[^\P{Cc}\t]/u;
const ENDS_IN_VALUE = /(?:[\d"\]}]|true|false|null)\s*\}$/;
/** Most words have none of these, which is soon seen. */
const MAY_BE_MARKED = /["{}[]/;

export function unwrapLine(bytes: Buffer): Unwrapped {
  const text = textOf(bytes);
  return text === undefined ? rejected('not UTF-8') : unwrap(text.replace(/^\ufeff/, ''), 0);
}

function textOf(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  // Decoding puts U+FFFD for what is not UTF-8; only where there is one is the slower look needed.
  return text.includes('\ufffd') && !isUtf8(bytes) ? undefined : text;
}

/**
 * Printable ASCII without braces, nor space around it: but for what a container puts before a line, and for JSON that
 * is no object.
 */
const PLAIN_WORDS =
  /^(?!\S+ std(?:out|err) |\[pod\/|[\w.-]+ +\| |\[.*\]$|".*"$|-?\d[\d.eE+-]*$|(?:true|false|null)$)[!-z|~](?:[\t -z|~]*[!-z|~])?$/;

/** A line that can only be of words, so that nobody need look for a record in it; undefined for most others. */
export function plainWords(bytes: Buffer): string | undefined {
  const text = bytes.toString('latin1');
  return PLAIN_WORDS.test(text) ? text : undefined;
}

function unwrap(text: string, wraps: number): Unwrapped {
  const start = text.search(/[^ \t\r\n]/);
  if (start === -1) return BLANK;
  if (text[start] === '{') return unwrapJson(text, wraps);
  const [, time, flag, line] = CRI.exec(text) ?? [];
  if (line !== undefined && parseTime(time) !== undefined) {
    return flag === 'P' ? rejected(REASON.cut) : unwrapWithin(line, parseTime(time), wraps);
  }
  return unwrapPrefixed(text, wraps);
}

function unwrapJson(text: string, wraps: number): Unwrapped {
  const value = parseJson(text);
  if (value === undefined) return notJson(text);
  if (!isObject(value)) return rejected(REASON.notObject);
  if (isTooDeep(value)) return rejected('nested too deep');
  return (wraps < MAX_WRAPS && unwrapEnvelope(value, wraps)) || object(value);
}

function object(fields: Fields): Unwrapped {
  return { kind: 'object', fields, time: undefined, writer: undefined, prefix: '' };
}

/** An object that a collector made around a line. */
function unwrapEnvelope(fields: Fields, wraps: number): Unwrapped | undefined {
  if (isDocker(fields)) {
    const unwrapped = unwrapWithin(fields.log, parseTime(fields.time), wraps);
    // A whole line keeps its line feed, but for the last of a container, and in what Fluentd makes of it.
    const isWhole = fields.log.endsWith('\n') || unwrapped.kind === 'object' || fields.log === '';
    return isWhole ? unwrapped : rejected(REASON.cut);
  }
  if (Object.hasOwn(fields, 'MESSAGE') && Object.hasOwn(fields, '__REALTIME_TIMESTAMP')) {
    const message = journalMessage(fields.MESSAGE);
    return typeof message === 'string'
      ? unwrapWithin(message, parseTime(fields.__REALTIME_TIMESTAMP), wraps)
      : rejected(message.reason);
  }
  return undefined;
}

function isDocker(fields: Fields): fields is Fields & { log: string } {
  const { log, stream, time } = fields;
  const isStream = stream === 'stdout' || stream === 'stderr';
  return isStream && typeof log === 'string' && typeof time === 'string';
}

/** journalctl writes what is not UTF-8 as an array of bytes, and what is large as null. */
function journalMessage(message: unknown): string | { reason: string } {
  if (typeof message === 'string') return message;
  if (message === null) return { reason: 'left out by journalctl, see its --all' };
  if (!Array.isArray(message) || !message.every(isByte))
    return { reason: 'a MESSAGE that is no text' };
  return textOf(Buffer.from(message)) ?? { reason: 'not UTF-8' };
}

const isByte = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 255;

function unwrapWithin(text: string, time: number | undefined, wraps: number): Unwrapped {
  const inner = unwrap(text, wraps + 1);
  const isTimed = inner.kind === 'object' || inner.kind === 'words';
  return isTimed ? { ...inner, time: inner.time ?? time } : inner;
}

/**
 * One JSON object to the end of the line, and before it what syslog, `docker compose logs`, kubectl or a
 * logger's format puts there: it ends in a space, and has no JSON in it as the rest of a cut record would.
 */
function unwrapPrefixed(text: string, wraps: number): Unwrapped {
  const brace = text.indexOf('{');
  const prefix = withoutColours(text.slice(0, Math.max(brace, 0)));
  if (!/[ \t]$/.test(prefix) || JSON_MARKS.test(prefix) || prefix.includes('\0')) {
    return unwrapOtherJson(text, wraps) ?? notJson(text);
  }
  if (wraps >= MAX_WRAPS) return rejected(REASON.notJson);
  const inner = unwrapWithin(text.slice(brace), findTime(prefix), wraps);
  if (inner.kind === 'object') {
    return { ...inner, writer: inner.writer ?? writerIn(prefix), prefix: withoutWriter(prefix) };
  }
  const isRejected = inner.kind === 'rejected' && inner.reason === REASON.notJson;
  const isWords = inner.kind === 'words' || isRejected;
  return isWords ? notJson(text) : inner;
}

function writerIn(prefix: string): string | undefined {
  const [, pod, container] = WRITER.exec(prefix) ?? [];
  return pod ?? container;
}

const withoutWriter = (text: string): string => text.replace(WRITER, '');

/** Compose colours the names of services, and sets the colour back right before the line. */
function withoutColours(text: string): string {
  return text.includes('\u001b[') ? text.replaceAll(COLOURS, '') : text;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: it is what begins a colour
const COLOURS = /\u001b\[[\d;]*m/g;

/** JSON that is no object; but a record in quotes is one. Only what may be some is parsed: a refusal takes long. */
function unwrapOtherJson(text: string, wraps: number): Unwrapped | undefined {
  const value = OTHER_JSON.test(text) ? parseJson(text) : undefined;
  if (value === undefined) return undefined;
  const mayBeRecord = typeof value === 'string' && value.startsWith('{') && wraps < MAX_WRAPS;
  const inner = mayBeRecord ? unwrap(value, wraps + 1) : undefined;
  return inner?.kind === 'object' ? inner : rejected(REASON.notObject);
}

const OTHER_JSON = /^\s*(?:\[.*\]|".*"|-?\d[\d.eE+-]*|true|false|null)\s*$/s;

/** Words, unless they may be what is left of a record. */
function notJson(text: string): Unwrapped {
  if (text.includes('\0')) return rejected('NUL bytes');
  if (text.includes('{') && isFused(text)) return rejected('two records on one line');
  const words = withoutColours(text).trimEnd();
  if (isHalfRecord(words) || CONTROL.test(words)) return rejected(REASON.notJson);
  return {
    kind: 'words',
    text: withoutWriter(words),
    time: undefined,
    writer: writerIn(words),
  };
}

/** @param text without space at its end */
function isHalfRecord(text: string): boolean {
  if (!MAY_BE_MARKED.test(text)) return false;
  if (RECORD_MARKS.test(text)) return true;
  const endsInBrace = text.endsWith('}') && ENDS_IN_VALUE.test(text);
  return endsInBrace && text.split('}').length > text.split('{').length;
}

/** Whether a whole object comes first, and another begins right after it. */
function isFused(text: string): boolean {
  const end = endOfObject(text);
  return (
    end !== -1 && /^\s*\{/.test(text.slice(end)) && parseJson(text.slice(0, end)) !== undefined
  );
}

/** Where the first object's closing brace is behind; -1 where there is none. */
function endOfObject(text: string): number {
  let depth = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (isInString) {
      if (character === '\\') at += 1;
      else if (character === '"') isInString = false;
    } else if (character === '"') isInString = true;
    else if (character === '{') depth += 1;
    else if (character === '}' && --depth === 0) return at + 1;
  }
  return -1;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Level by level, not by recursion: that is what a deep value would break. */
function isTooDeep(value: Fields): boolean {
  let level: object[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= MAX_DEPTH) return true;
    level = level.flatMap((parent) => Object.values(parent).filter(isNested));
  }
  return false;
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;
