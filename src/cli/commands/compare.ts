import type { Command } from 'commander';
import { compareSeries, holdToLimits, limitOf } from '../../compare/index.ts';
import type { Limit, LimitOutcome } from '../../model/comparison.ts';
import { reportComparison } from '../../report/comparison.ts';
import { comparisonJson } from '../../report/comparison-json.ts';
import { readSeries } from '../../simulate/read-series.ts';
import { EXIT, UsageError, worst } from '../exit.ts';
import { argument } from '../options.ts';
import type { Shell } from '../shell.ts';

interface Options {
  failOn?: Limit[];
  json?: boolean;
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
      'run directories, summaries, or directories with runs of one scenario, as --repeat leaves them',
    )
    .option(
      '--fail-on <change>',
      'exit with 1 where a metric changes by more: recovery_p95>+20%, losses>+0 (repeatable)',
      argument((text: string, earlier: Limit[] = []) => [...earlier, limitOf(text)]),
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
  $ wsdiag compare fixed full-jitter decorrelated-jitter --json | jq .headlines`,
    )
    .action(async (places: string[], options: Options) => {
      shell.exitCode = await compare(places, options, shell);
    });
}

async function compare(
  places: readonly string[],
  { failOn: limits = [], json = false }: Options,
  shell: Shell,
): Promise<number> {
  if (places.length < 2) throw new UsageError('there is one run; name another to compare it with');
  if (places.length > MAX_SERIES) throw new UsageError(`at most ${MAX_SERIES} can be compared`);
  const series = [];
  for (const place of places) series.push(await readSeries(place));
  const comparison = compareSeries(series);
  const outcomes = holdToLimits(limits, comparison);
  if (json) shell.print(comparisonJson(comparison, outcomes));
  else {
    const { palette, width } = shell;
    shell.print(reportComparison(comparison, outcomes, { palette, width }));
  }
  return worst(outcomes.map(codeOf));
}

const codeOf = ({ held }: LimitOutcome): number =>
  held === null ? EXIT.unknown : held ? EXIT.pass : EXIT.fail;
