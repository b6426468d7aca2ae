import { InvalidArgumentError } from 'commander';
import { compilePattern, type Description, namedFormat, PatternError } from '../logs/index.ts';
import { UsageError } from './exit.ts';
import { readInput } from './input.ts';
import { printProblems } from './scenario-files.ts';
import type { Shell } from './shell.ts';

/**
 * How logs are to be read, by the name of a shipped format or the file that says so. Every mistake in it is printed.
 *
 * @throws UsageError
 */
export async function readLogFormat(file: string, shell: Shell): Promise<Description> {
  const named = await namedFormat(file, (name) => readInput(name, shell));
  if ('description' in named) return named.description;
  if ('unknown' in named) throw new UsageError(named.unknown);
  printProblems(file, named.problems, shell);
  throw new UsageError(`${file} does not say how logs are to be read; no log was read`);
}

/** Of an option that may be given several times. */
export function pattern(text: string, previous: string[] = []): string[] {
  try {
    compilePattern(text);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new InvalidArgumentError(
      `It must be a regular expression that RE2 knows: ${error.message}.`,
    );
  }
  return [...previous, text];
}
