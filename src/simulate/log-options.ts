import type { Readable } from 'node:stream';
import { parseDuration } from '../core/duration.ts';
import {
  addEvents,
  compilePattern,
  type EventValues,
  MappingError,
  mergeNames,
  PatternError,
  parseEvents,
  parseMapping,
  parseTime,
  type SourceOptions,
} from '../logs/index.ts';
import { UsageError } from '../model/user-error.ts';
import { suggest } from '../yaml/suggest.ts';
import { readLogFormat } from './log-format.ts';

/** What was said of logs. */
export interface LogOptions {
  map?: Record<string, string[]> | undefined;
  event?: EventValues | undefined;
  pattern?: string[] | undefined;
  /** Name of a shipped format, or a file. */
  logFormat?: string | undefined;
  /** Milliseconds since the epoch. */
  since?: number | undefined;
  until?: number | undefined;
  client?: string[] | undefined;
}

/**
 * @param stdin what `-` stands for as the file of a format
 * @param prefix of the names of options in messages
 * @throws UsageError where no line could lie in the span, or the format is not known
 * @throws EnvironmentError where its file can't be read
 * @throws LogFormatError
 */
export async function sourceOptions(
  { map, event, pattern, logFormat, since, until, client }: LogOptions,
  { stdin, prefix = '' }: { stdin?: Readable; prefix?: string } = {},
): Promise<SourceOptions> {
  if (since !== undefined && until !== undefined && since >= until) {
    throw new UsageError(
      `${prefix}since ${iso(since)} is not before ${prefix}until ${iso(until)}: no line would be left`,
    );
  }
  const description = logFormat === undefined ? undefined : await readLogFormat(logFormat, stdin);
  return { map, events: event, patterns: pattern, description, since, until, client };
}

const iso = (time: number): string => new Date(time).toISOString();

/**
 * `session_id=ctx.sid,time=ts`, beside what was said before.
 *
 * @throws UsageError
 */
export const mapOf = merged(parseMapping, mergeNames<string[]>);

/**
 * `connection_closed=ws.close`, beside what was said before.
 *
 * @throws UsageError
 */
export const eventOf = merged(parseEvents, addEvents);

function merged<T extends object>(parse: (text: string) => T, merge: (one: T, other: T) => T) {
  return (text: string, previous: T | undefined): T => {
    try {
      return previous === undefined ? parse(text) : merge(previous, parse(text));
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      const { message, unknown } = error;
      const hint = unknown === null ? '' : `; ${suggest(unknown.name, unknown.known)}`;
      throw new UsageError(`${message}${hint}`);
    }
  };
}

/** @throws UsageError */
export function patternOf(text: string, previous: string[] = []): string[] {
  try {
    compilePattern(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new UsageError(`It must be a regular expression that RE2 knows: ${error.message}.`);
  }
  return [...previous, text];
}

const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * A time, or how long ago it was; milliseconds since the epoch.
 *
 * @throws UsageError
 */
export function timeOf(text: string): number {
  const ago = parseDuration(text);
  const value =
    ago === undefined ? parseTime(DATE.test(text) ? `${text}T00:00` : text) : Date.now() - ago;
  if (value === undefined) {
    throw new UsageError(
      'It must be a time such as 2026-11-23T10:00:00Z, or how long ago, such as 10m or 2h.',
    );
  }
  return value;
}
