import fs from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { compilePattern, type Description, PatternError } from '../logs/index.ts';
import { suggest } from '../yaml/suggest.ts';
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
  // Loaded here: most commands are given none.
  const { FORMATS, isFormat, shippedFormat } = await import('../logs/formats.ts');
  if (isFormat(file)) return shippedFormat(file);
  if (!/[./\\-]/.test(file) && !fs.existsSync(file)) {
    throw new UsageError(`there is no format and no file ${file}; ${suggest(file, FORMATS)}`);
  }
  const { loadDescription } = await import('../logs/description-file.ts');
  const loaded = loadDescription(await readInput(file, shell), file);
  if ('value' in loaded) return loaded.value;
  printProblems(file, loaded.problems, shell);
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
