import { isUtf8 } from 'node:buffer';
import type { LogName, LogRecord } from '../core/records.ts';

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** One line as a record, or, as a string, why it is none. */
export function parseLine(
  bytes: Buffer,
  log: LogName,
  file: string,
  line: number,
): LogRecord | string {
  const text = bytes.toString('utf8');
  // Decoding puts U+FFFD for what is not UTF-8; only where there is one is the slower look needed.
  if (text.includes('\ufffd') && !isUtf8(bytes)) return 'not UTF-8';
  const fields = parseObject(text);
  if (typeof fields === 'string') return fields;

  const time = timeOf(fields.time);
  if (time === undefined) return 'no "time" in ISO 8601';
  const { event } = fields;
  if (typeof event !== 'string') return 'no "event"';
  return {
    log,
    file,
    line,
    time,
    event,
    session_id: stringOf(fields.session_id),
    connection_sequence: sequenceOf(fields.connection_sequence),
    client_id: stringOf(fields.client_id),
    document_id: stringOf(fields.document_id),
    fields,
  };
}

function parseObject(text: string): Record<string, unknown> | string {
  if (text.trim() === '') return 'empty';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'not JSON';
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : 'not a JSON object';
}

function timeOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !ISO_TIME.test(value)) return undefined;
  const time = Date.parse(value);
  return Number.isNaN(time) ? undefined : time;
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function sequenceOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) > 0 ? (value as number) : undefined;
}
