import path from 'node:path';
import type { Series } from '../model/comparison.ts';
import type { RunResult } from '../model/result.ts';
import { createRepeatsDirectory } from '../real/run-directory.ts';
import { repeatsJson, reportRepeats } from '../report/repeats.ts';
import { inEnvironment } from '../simulate/errors.ts';
import { printsPretty, type ReportOptions } from './reporters.ts';
import type { Shell } from './shell.ts';
import { writeFile } from './write-file.ts';

/** Where the runs of one scenario are made: where all are, or for several in a directory of their own. */
export function outOf({ out, repeat }: { out: string; repeat: number }, name: string): string {
  if (repeat === 1) return out;
  return inEnvironment(`can't make a directory in ${out}`, () =>
    createRepeatsDirectory(out, name, new Date()),
  );
}

/** What each run of one scenario is called while it goes on. */
export const labelsOf = (name: string, repeat: number): string[] =>
  Array.from({ length: repeat }, (_, index) =>
    repeat === 1 ? name : `${name} ${index + 1}/${repeat}`,
  );

/** Writes and tells what several runs come to together. */
export function tellRepeats(
  series: Series,
  results: readonly RunResult[],
  options: ReportOptions,
  shell: Shell,
): void {
  const { label: directory, verdict } = series;
  const runs = results.map(({ run_dir }) => run_dir && path.relative(directory, run_dir));
  writeFile(path.join(directory, 'repeats.json'), repeatsJson(series, runs));
  if ((options.quiet && verdict === 'pass') || !printsPretty(options)) return;
  const { palette, command } = shell;
  shell.print(reportRepeats(series, { palette, command }));
}
