import type { Command } from 'commander';
import type { BaselineFile, Held } from './baseline.ts';
import { EXIT, UsageError } from './exit.ts';
import { nonEmpty } from './options.ts';
import { printsPretty, type ReportOptions } from './reporters.ts';
import type { Shell } from './shell.ts';

export interface BaselineOptions {
  baseline?: string;
  update?: boolean;
}

export function addBaselineOptions(command: Command): Command {
  return command
    .option(
      '--baseline <file>',
      'hold metrics against this file; where it is not there it is written, but not with CI set',
      nonEmpty,
    )
    .option('-u, --update', 'write the baseline anew');
}

/**
 * The baseline that the options name, null where they name none. What reads it is loaded only then.
 *
 * @param names of the scenarios to come
 * @throws UsageError where the options or the file have mistakes
 */
export async function openBaseline(
  { baseline, update = false }: BaselineOptions,
  names: readonly string[],
  shell: Shell,
): Promise<BaselineFile | null> {
  if (baseline !== undefined) {
    const { BaselineFile } = await import('./baseline.ts');
    return new BaselineFile(baseline, update, names, shell);
  }
  if (update) throw new UsageError('-u writes a baseline anew; name it, as in --baseline FILE -u');
  return null;
}

/** After all reports: what is last is seen first. */
export function tellHeld(held: readonly Held[], options: ReportOptions, shell: Shell): void {
  for (const { code, text } of held) {
    if (options.quiet && code === EXIT.pass) continue;
    if (printsPretty(options)) shell.print(`\n${text}`);
    else shell.printError(text);
  }
}
