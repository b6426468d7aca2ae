import type { LogName } from '../core/records.ts';

/** A close code as a frame could carry it, in 16 bits; 0 for anything else that a line has there. */
export function closeCodeOf(value: unknown): number {
  const isCode = Number.isInteger(value) && (value as number) > 0 && (value as number) <= 0xffff;
  return isCode ? (value as number) : 0;
}

/** Seconds, from 0; NaN for anything else: some write -1 for a duration that they don't know. */
export function durationOf(value: unknown): number {
  const isDuration = typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
  return isDuration ? value : Number.NaN;
}

/** RFC 6455 is of December 2011. */
const FIRST_WEBSOCKETS_MS = Date.UTC(2011, 11);

/** Whether what had lasted so many seconds at a time began before there were WebSockets: no duration is so long. */
export const isFromBefore = (time: number, seconds: number): boolean =>
  time >= FIRST_WEBSOCKETS_MS && time - 1000 * seconds < FIRST_WEBSOCKETS_MS;

/** Whether two `client_id`s are one connection's: where a line has none, the number alone tells. */
export function sameId(one: string | undefined, other: string | undefined): boolean {
  return one === other || one === undefined || other === undefined;
}

/** A line of some logs, and where its bytes begin in what its file decodes to: its text is looked up later. */
export interface LinePlace {
  /** Index into the logs. */
  file: number;
  /** From 1. */
  line: number;
  offset: number;
}

/** Fields of a line that its record has as they were understood; the rest is as the line has it. */
export const UNDERSTOOD = [
  'time',
  'event',
  'session_id',
  'connection_sequence',
  'client_id',
  'document_id',
] as const satisfies (keyof LogRecord)[];

/** One line of a log, read back. Fields that came from outside are whatever the line held. */
export interface LogRecord {
  log: LogName;
  /** Whose log it is: each server's clock and order are its own; absent where there is one alone. */
  stream?: number;
  /** Path as the user named it. */
  file: string;
  /** From 1. */
  line: number;
  /** Milliseconds since the epoch. */
  time: number;
  event: string;
  session_id: string | undefined;
  /** A safe positive integer, or undefined where the line holds anything else. */
  connection_sequence: number | undefined;
  client_id: string | undefined;
  document_id: string | undefined;
  /** The whole parsed line. */
  fields: Readonly<Record<string, unknown>>;
}
