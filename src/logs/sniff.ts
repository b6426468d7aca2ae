import { closeSync, openSync, readSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import type { LogName } from '../core/records.ts';
import type { LogRecord } from '../model/record.ts';
import { reading } from './errors.ts';
import { logOfEvent } from './events.ts';
import { isGzip } from './gzip.ts';
import { isOtlp, unpackBatches } from './otlp.ts';
import { createParser, timeIn } from './parse.ts';
import type { LogFormat } from './sources.ts';
import { Transcoder, utf16Of } from './utf16.ts';

/** What the beginning of a log tells. */
export interface Sniffed {
  /** Whose log it is, as far as its records can only be of one kind. */
  log: LogName | null;
  /** Time of the first line that has one. */
  time: number | null;
}

export const HEAD_BYTES = 128 * 1024;
/** Compressed, a beginning of this size comes to 16 MiB at most. */
const GZIP_BYTES = 16 * 1024;

/** @throws LogUnreadable */
export function sniff(file: string, format: LogFormat): Sniffed {
  const parse = createParser({ ...format, since: null, until: null }, 'server');
  const sniffed: Sniffed = { log: null, time: null };
  for (const line of linesOf(headOf(file))) {
    const parsed = parse(line);
    if (parsed.kind === 'record') sniffed.log ??= logOf(parsed);
    sniffed.time ??= parsed.kind === 'record' ? parsed.time : timeIn(line);
    if (sniffed.log !== null && sniffed.time !== null) break;
  }
  return sniffed;
}

/** Fields that only a server can know. */
const SERVER_FIELDS = ['closed_by', 'remote_address', 'session_verified'];

function logOf({ event, fields }: Pick<LogRecord, 'event' | 'fields'>): LogName | null {
  const isServer = SERVER_FIELDS.some((field) => Object.hasOwn(fields, field));
  return logOfEvent(event) ?? (isServer ? 'server' : null);
}

/** The bytes that a log begins with, as UTF-8. */
export function headOf(file: string): Buffer {
  const raw = rawHeadOf(file);
  const bytes = isGzip(raw) ? gunzipHead(raw) : raw;
  const order = utf16Of(bytes);
  const text = order === undefined ? bytes : new Transcoder(order).write(bytes);
  return isOtlp(text) ? unpackBatches(text) : text;
}

function rawHeadOf(file: string): Buffer {
  const fd = reading(file, () => openSync(file, 'r'));
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(
      0,
      reading(file, () => readSync(fd, head, 0, head.length, 0)),
    );
  } finally {
    closeSync(fd);
  }
}

/** What is damaged is told of when it is read; here it tells nothing. */
function gunzipHead(raw: Buffer): Buffer {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH };
    return gunzipSync(raw.subarray(0, GZIP_BYTES), options).subarray(0, HEAD_BYTES);
  } catch {
    return Buffer.alloc(0);
  }
}

/** Whole lines. */
export function* linesOf(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  for (let end = bytes.indexOf('\n'); end !== -1; end = bytes.indexOf('\n', start)) {
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}
