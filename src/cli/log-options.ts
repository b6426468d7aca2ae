import type { Command } from 'commander';
import type { SourceOptions } from '../logs/index.ts';
import { LogFormatError } from '../simulate/errors.ts';
import {
  eventOf,
  type LogOptions,
  mapOf,
  patternOf,
  sourceOptions as sourceOptionsOf,
  timeOf,
} from '../simulate/log-options.ts';
import { UsageError } from './exit.ts';
import { argument, collected } from './options.ts';
import { printProblems } from './problems.ts';
import type { Shell } from './shell.ts';

/** What the options of `addLogOptions` parse to. */
export type { LogOptions } from '../simulate/log-options.ts';

/** Options of every command that takes logs: how they are to be understood. */
export function addLogOptions(command: Command): Command {
  return addMappingOptions(command)
    .option(
      '--since <time>',
      'ignore lines before: an ISO 8601 time, or how long ago, as 10m',
      argument(timeOf),
    )
    .option('--until <time>', 'ignore lines from then on', argument(timeOf))
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
      argument(mapOf),
    )
    .option(
      '--event <name=value,...>',
      'what these logs call an event: connection_closed=ws.close (repeatable)',
      argument(eventOf),
    )
    .option(
      '--pattern <regex>',
      'what lines of words say, in named groups: (?<event>up|down) (?<client_id>\\w+) (repeatable)',
      argument(patternOf),
    )
    .option(
      '--log-format <file or name>',
      'how these logs are to be read: a file that says it, or one of `wsdiag formats`; --map, --event and --pattern stand above it',
    );
}

/** Every mistake in a file that is to say how logs are read is printed. @throws UsageError */
export async function sourceOptions(options: LogOptions, shell: Shell): Promise<SourceOptions> {
  try {
    return await sourceOptionsOf(options, { stdin: shell.stdin, prefix: '--' });
  } catch (error) {
    if (!(error instanceof LogFormatError)) throw error;
    printProblems(error.problems, shell);
    throw new UsageError(
      `${options.logFormat} does not say how logs are to be read; no log was read`,
    );
  }
}
