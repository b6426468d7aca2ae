import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../core/duration.ts';
import {
  addEvents,
  type EventValues,
  MappingError,
  mergeNames,
  parseEvents,
  parseMapping,
  parseTime,
  type SourceOptions,
} from '../logs/index.ts';
import { suggest } from '../yaml/suggest.ts';
import { UsageError } from './exit.ts';
import { pattern, readLogFormat } from './log-format.ts';
import { collected } from './options.ts';
import type { Shell } from './shell.ts';

/** What the options of `addLogOptions` parse to. */
export interface LogOptions {
  map?: Record<string, string[]>;
  event?: EventValues;
  pattern?: string[];
  logFormat?: string;
  since?: number;
  until?: number;
  client?: string[];
}

/** Options of every command that takes logs: how they are to be understood. */
export function addLogOptions(command: Command): Command {
  return addMappingOptions(command)
    .option(
      '--since <time>',
      'ignore lines before: an ISO 8601 time, or how long ago, as 10m',
      time,
    )
    .option('--until <time>', 'ignore lines from then on', time)
    .option(
      '--client <file>',
      'a log of clients, where its lines don’t tell (repeatable)',
      collected,
    );
}

const LOG_OPTIONS = ['log-format', 'pattern', 'map', 'event', 'since', 'until', 'client'];

/** Fills with options of `addLogOptions` and their values, as they are given. */
export function wordsOfLogOptions(command: Command): string[] {
  const words: string[] = [];
  for (const name of LOG_OPTIONS) {
    command.on(`option:${name}`, (text: string) => words.push(`--${name}`, text));
  }
  return words;
}

/** Where fields and events are in logs that have other names for them. */
export function addMappingOptions(command: Command): Command {
  return command
    .option(
      '--map <field=path,...>',
      'where these logs have a field: session_id=ctx.sid,time=ts (repeatable)',
      merged(parseMapping, mergeNames<string[]>),
    )
    .option(
      '--event <name=value,...>',
      'what these logs call an event: connection_closed=ws.close (repeatable)',
      merged(parseEvents, addEvents),
    )
    .option(
      '--pattern <regex>',
      'what lines of words say, in named groups: (?<event>up|down) (?<client_id>\\w+) (repeatable)',
      pattern,
    )
    .option(
      '--log-format <file or name>',
      'how these logs are to be read: a file that says it, or one of `wsdiag formats`; --map, --event and --pattern stand above it',
    );
}

/** @throws UsageError */
export async function sourceOptions(options: LogOptions, shell: Shell): Promise<SourceOptions> {
  const { map, event, pattern, logFormat, since, until, client } = options;
  if (since !== undefined && until !== undefined && since >= until) {
    throw new UsageError(
      `--since ${iso(since)} is not before --until ${iso(until)}: no line would be left`,
    );
  }
  const description = logFormat === undefined ? undefined : await readLogFormat(logFormat, shell);
  return { map, events: event, patterns: pattern, description, since, until, client };
}

const iso = (time: number): string => new Date(time).toISOString();

function merged<T extends object>(parse: (text: string) => T, merge: (one: T, other: T) => T) {
  return (text: string, previous: T | undefined): T => {
    try {
      return previous === undefined ? parse(text) : merge(previous, parse(text));
    } catch (error) {
      if (!(error instanceof MappingError)) throw error;
      const { message, unknown } = error;
      const hint = unknown === null ? '' : `; ${suggest(unknown.name, unknown.known)}`;
      throw new InvalidArgumentError(`${message}${hint}`);
    }
  };
}

const DATE = /^\d{4}-\d\d-\d\d$/;

/** A time, or how long ago it was; milliseconds since the epoch. */
function time(text: string): number {
  const ago = parseDuration(text);
  const value =
    ago === undefined ? parseTime(DATE.test(text) ? `${text}T00:00` : text) : Date.now() - ago;
  if (value === undefined) {
    throw new InvalidArgumentError(
      'It must be a time such as 2026-11-23T10:00:00Z, or how long ago, such as 10m or 2h.',
    );
  }
  return value;
}
