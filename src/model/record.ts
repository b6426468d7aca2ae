import type { LogName } from '../core/records.ts';

/** Sessions that are told apart; logs with more can't be judged in bounded memory. */
export const MAX_SESSIONS = 1_000_000;

/**
 * One connection event as numbers: what a fold over millions of lines needs. The object is used again
 * for the next line, so it is valid during the call only.
 */
export interface Row {
  log: LogName;
  /** Whose log it is: each server's clock and order are its own. */
  stream: number;
  /** One string object for each event, so that `===` is a comparison of pointers. */
  event: string;
  /** Index into the scan's files. */
  file: number;
  /** From 1. */
  line: number;
  /** Milliseconds since the epoch. */
  time: number;
  /** The session's index, from 0 by first appearance; -1 where the line names none. */
  session: number;
  /** Index of the session that this one came from, -1 where the line names none. */
  parent: number;
  /** 0 where the line has none that is usable. */
  connection_sequence: number;
  /** Hash of `client_id`; 0 where there is none. */
  client_hash: number;
  /** Hash of `document_id`; 0 where there is none. */
  document_hash: number;
  /** 0 where there is none. */
  close_code: number;
  /** NaN where there is none. */
  duration_seconds: number;
  /** The server says that the session is not verified. */
  unverified: boolean;
  /** For what is not in numbers; undefined for a connection's opening, closing and attempt. */
  record: LogRecord | undefined;
}

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

/** Whether two `client_id`s are one connection's: where a line has none, the number alone tells. */
export function sameId(one: string | undefined, other: string | undefined): boolean {
  return one === other || one === undefined || other === undefined;
}

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
