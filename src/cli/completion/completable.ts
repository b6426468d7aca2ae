import type { Argument, Command, Option } from 'commander';

/** What a value can be: one of some words, a file or directory, or what no shell can know. */
export type Values = readonly string[] | 'files' | 'unknown';

export interface CompletableOption {
  /** As they are typed: `-q`, `--quiet`. */
  flags: string[];
  description: string;
  /** null: it takes none. */
  takes: Values | null;
}

export interface Completable {
  name: string;
  summary: string;
  options: CompletableOption[];
  /** What its arguments can be, whichever they are. */
  takes: Values;
}

/** What is completed of a command, by commander's own description of it. */
export function completableOf(command: Command): Completable {
  const help = command.createHelp();
  const all = command.registeredArguments.map((argument) => valuesOf(argument));
  return {
    name: command.name(),
    summary: command.summary(),
    options: help.visibleOptions(command).map(completableOption),
    takes: all.find((values) => values !== 'unknown') ?? 'unknown',
  };
}

function completableOption(option: Option): CompletableOption {
  const { short, long, description, required, optional } = option;
  return {
    flags: [short, long].filter((flag) => flag !== undefined),
    description,
    takes: required || optional ? valuesOf(option) : null,
  };
}

/** Names of values that are files, as `<file>`, `[logs...]` and `<scenario.yaml...>`. */
const FILES = /^(?:file|dir|log|run|scenario)/;

function valuesOf(of: Option | Argument): Values {
  if (of.argChoices) return of.argChoices;
  const name = 'flags' in of ? (/[<[](.*?)[\]>]/.exec(of.flags)?.[1] ?? '') : of.name();
  return FILES.test(name) ? 'files' : 'unknown';
}
