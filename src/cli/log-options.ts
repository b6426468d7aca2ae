import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../core/duration.ts';
import {
  MappingError,
  mergeNames,
  parseEvents,
  parseMapping,
  parseTime,
  type SourceOptions,
} from '../logs/index.ts';
import { suggest } from '../yaml/suggest.ts';
import { UsageError } from './exit.ts';
import { collected } from './options.ts';

/** What the options of `addLogOptions` parse to. */
export interface LogOptions {
  map?: Record<string, string[]>;
  event?: Record<string, string>;
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

const LOG_OPTIONS = ['map', 'event', 'since', 'until', 'client'];

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
      merged(parseMapping),
    )
    .option(
      '--event <name=value,...>',
      'what these logs call an event: connection_closed=ws.close (repeatable)',
      merged(parseEvents),
    );
}

/** @throws UsageError */
export function sourceOptions({ map, event, since, until, client }: LogOptions): SourceOptions {
  if (since !== undefined && until !== undefined && since >= until) {
    throw new UsageError(
      `--since ${iso(since)} is not before --until ${iso(until)}: no line would be left`,
    );
  }
  return { map, events: event, since, until, client };
}

const iso = (time: number): string => new Date(time).toISOString();

function merged<T>(parse: (text: string) => Record<string, T>) {
  return (text: string, previous: Record<string, T> | undefined): Record<string, T> => {
    try {
      return mergeNames(previous ?? {}, parse(text));
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
