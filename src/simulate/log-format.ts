import type { Readable } from 'node:stream';
import { type Description, namedFormat } from '../logs/index.ts';
import { UsageError } from '../model/user-error.ts';
import { LogFormatError } from './errors.ts';
import { readInput } from './input.ts';

/**
 * How logs are to be read, by the name of a shipped format or the file that says so.
 *
 * @param stdin what `-` stands for
 * @throws UsageError where there is neither
 * @throws EnvironmentError where the file can't be read
 * @throws LogFormatError with every mistake in it
 */
export async function readLogFormat(file: string, stdin?: Readable): Promise<Description> {
  const named = await namedFormat(file, (name) => readInput(name, stdin));
  if ('description' in named) return named.description;
  if ('unknown' in named) throw new UsageError(named.unknown);
  throw new LogFormatError(named.problems);
}
