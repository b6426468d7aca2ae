import { type Command, InvalidArgumentError } from 'commander';
import { compareSeries, holdToLimits, limitOf } from '../../compare/index.ts';
import type { Limit, LimitOutcome } from '../../model/comparison.ts';
import { reportComparison } from '../../report/comparison.ts';
import { comparisonJson } from '../../report/comparison-json.ts';
import { comparisonPage } from '../../report/comparison-page.ts';
import { readSeries } from '../../simulate/read-series.ts';
import { EXIT, UsageError, worst } from '../exit.ts';
import { argument } from '../options.ts';
import { requireNotRead } from '../out-file.ts';
import type { Shell } from '../shell.ts';
import { writeFile } from '../write-file.ts';

interface Options {
  failOn?: Limit[];
  json?: boolean;
  /** File that the page is written to. */
  reporter?: string;
}

/** As many as there are letters. */
const MAX_SERIES = 26;

export function addCompare(command: Command, shell: Shell): void {
  command
    .description(
      'Holds runs against the first: metrics side by side, bounds that changed their outcome, findings ' +
        'by cause, and what stands out.',
    )
    .argument(
      '<runs...>',
      'run directories, summaries, baselines, or directories with runs of one scenario, as --repeat leaves them',
    )
    .option(
      '--fail-on <change>',
      'exit with 1 where a metric changes by more: recovery_p95>+20%, losses>+0 (repeatable)',
      argument((text: string, earlier: Limit[] = []) => [...earlier, limitOf(text)]),
    )
    .option(
      '--reporter <html=file>',
      'write a page too, with the storms’ curves over each other',
      htmlFile,
    )
    .option('--json', 'print JSON, with every value of every run')
    .addHelpText(
      'after',
      `
A difference is news where it is larger than noise: docs/compare.md says how
that is told.

Exit codes:
  0 compared   1 a --fail-on was crossed
  2 wrong usage, or runs that can't be read
  3 a metric of a --fail-on was not measured

Examples:
  $ wsdiag compare wsdiag-runs/deploy-1 wsdiag-runs/deploy-2
  $ wsdiag compare before.json after.json --fail-on 'recovery_p95>+20%'
  $ wsdiag compare fixed full-jitter decorrelated-jitter --json | jq .headlines
  $ wsdiag compare before after --reporter html=compare.html`,
    )
    .action(async (places: string[], options: Options) => {
      shell.exitCode = await compare(places, options, shell);
    });
}

/** @throws InvalidArgumentError */
function htmlFile(text: string): string {
  const [, file] = /^html=(.+)$/s.exec(text) ?? [];
  if (file === undefined) throw new InvalidArgumentError('It must be html=FILE.');
  return file;
}

async function compare(
  places: readonly string[],
  { failOn: limits = [], json = false, reporter: file }: Options,
  shell: Shell,
): Promise<number> {
  if (places.length < 2) throw new UsageError('there is one run; name another to compare it with');
  if (places.length > MAX_SERIES) throw new UsageError(`at most ${MAX_SERIES} can be compared`);
  if (file !== undefined) requireNotRead(file, places);
  const comparison = compareSeries(await readSeries(places));
  const outcomes = holdToLimits(limits, comparison);
  if (json) shell.print(comparisonJson(comparison, outcomes));
  else {
    const { palette, width } = shell;
    shell.print(reportComparison(comparison, outcomes, { palette, width }));
  }
  if (file !== undefined) writeFile(file, comparisonPage(comparison, outcomes));
  return worst(outcomes.map(codeOf));
}

const codeOf = ({ held }: LimitOutcome): number =>
  held === null ? EXIT.unknown : held ? EXIT.pass : EXIT.fail;
