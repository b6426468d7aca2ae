import { randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import type { RunResult } from '../core/result.ts';
import { reportPretty } from '../report/index.ts';
import {
  formatProblem,
  loadScenario,
  makePlan,
  renderPlan,
  withOverrides,
} from '../scenario/index.ts';
import { EnvironmentError } from '../simulate/errors.ts';
import { simulate } from '../simulate/index.ts';
import { EXIT, exitCodeOf, UsageError, worst } from './exit.ts';
import { liveLine } from './live-line.ts';
import { integer, seed as seedOption } from './options.ts';
import { loadAll, type ScenarioText } from './scenario-files.ts';
import { aborted, type Interruption, onInterrupt } from './signals.ts';
import { coloursFor, print, printError } from './terminal.ts';

interface Options {
  seed?: number;
  out: string;
  storage?: string;
  clients?: number;
  plan?: boolean;
  quiet?: boolean;
  verbose?: boolean;
}

/** As the user called it. */
const COMMAND = process.env.npm_command === 'exec' ? 'npx wsdiag' : 'wsdiag';
/** Seeds that are short enough to type again. */
const RANDOM_SEEDS = 2 ** 31;
const MAX_CLIENTS = 20_000;
/** A signal to a process group reaches its processes within this time of each other. */
const GROUP_SIGNAL_MS = 200;

export function addSimulate(program: Command): void {
  program
    .command('simulate')
    .summary('run scenarios on real sockets, and judge them by their logs')
    .description(
      'Runs each scenario against a reference server in a process of its own, reads back the logs ' +
        'it left, and gives a verdict.',
    )
    .argument('<scenario.yaml...>', 'scenario files, run one after the other; - for stdin')
    .option(
      '--seed <n>',
      'seed of everything that is drawn (default: the scenario’s, else a new one)',
      seedOption,
    )
    .option('--out <dir>', 'where run directories are made', 'wsdiag-runs')
    .option(
      '--storage <dir>',
      'session storage that outlives the run, so sessions go on in the next',
    )
    .option(
      '--clients <n>',
      'number of clients, instead of the scenario’s',
      integer(1, MAX_CLIENTS),
    )
    .option('--plan', 'print who is hit when, and run nothing')
    .addOption(
      new Option('-q, --quiet', 'print nothing but a failing verdict').conflicts('verbose'),
    )
    .option('-v, --verbose', 'print every finding, and every line that proves it')
    .addHelpText(
      'after',
      `
Exit codes:
  0 pass   1 findings   2 wrong usage, scenario or environment   3 unknown
  70 a bug in wsdiag    130, 143 interrupted

Examples:
  $ wsdiag simulate scenarios/flaky.yaml
  $ wsdiag simulate scenarios/*.yaml --quiet
  $ wsdiag simulate scenarios/flaky.yaml --seed 7 --plan`,
    )
    .action(async (files: string[], options: Options) => {
      process.exitCode = await simulateAll(files, options);
    });
}

async function simulateAll(files: string[], options: Options): Promise<number> {
  const loaded = loadAll(files);
  if (loaded === null) return EXIT.usage;
  const prepared = loaded.map((scenario) => prepare(scenario, options));
  if (options.plan) {
    for (const { scenario, seed } of prepared)
      print(renderPlan(makePlan(scenario, seed), scenario));
    return EXIT.pass;
  }
  const interruption = onInterrupt();
  interruption.signal.addEventListener('abort', () => {
    if (!options.quiet) printError('\nstopping; once more to leave at once');
  });
  try {
    const codes: number[] = [];
    for (const one of prepared) {
      codes.push(await simulateOne(one, options, interruption));
      if (interruption.exitCode !== null) return interruption.exitCode;
    }
    return worst(codes);
  } finally {
    interruption.release();
  }
}

type Prepared = ReturnType<typeof prepare>;

/** The scenario as it will run: seed and number of clients decided. */
function prepare({ file, text, scenario: written }: ScenarioText, options: Options) {
  const seed = options.seed ?? written.seed ?? randomInt(RANDOM_SEEDS);
  const asRun = withOverrides(text, { seed, clients: options.clients });
  const result = loadScenario(asRun, file);
  if ('problems' in result) {
    throw new UsageError(result.problems.map(formatProblem).join('\n'));
  }
  const replay = [`${COMMAND} simulate`, quoted(file), `--seed ${seed}`];
  if (options.clients !== undefined) replay.push(`--clients ${options.clients}`);
  if (options.storage !== undefined) replay.push(`--storage ${quoted(options.storage)}`);
  return { scenario: result.scenario, text: asRun, seed, replay: replay.join(' ') };
}

async function simulateOne(
  { scenario, text, seed, replay }: Prepared,
  options: Options,
  interruption: Interruption,
): Promise<number> {
  const { out, storage, quiet = false, verbose = false } = options;
  if (!quiet) printError(`${scenario.name}: seed ${seed}; replay with: ${replay}`);
  const line = liveLine(scenario.name, quiet);
  try {
    const result = await simulate({
      scenario,
      text,
      seed,
      replay,
      out,
      storage,
      signal: interruption.signal,
      onStorageDamage: (damage) => {
        for (const { file, reason } of damage) printError(`${file}: ${reason}`);
      },
      onProgress: line.show,
    });
    line.stop();
    report(result, quiet, verbose);
    return exitCodeOf(result.verdict);
  } catch (error) {
    line.stop();
    if (error instanceof EnvironmentError && (await wasInterrupted(interruption))) {
      printError(`wsdiag: ${error.message}`);
      return EXIT.unknown;
    }
    if (!(error instanceof EnvironmentError)) printError(`seed ${seed}; replay with: ${replay}`);
    throw error;
  }
}

/** A signal to the whole process group may end a server that is only starting before it is seen here. */
async function wasInterrupted({ signal }: Interruption): Promise<boolean> {
  await Promise.race([aborted(signal), setTimeout(GROUP_SIGNAL_MS)]);
  return signal.aborted;
}

function report(result: RunResult, quiet: boolean, verbose: boolean): void {
  if (quiet && result.verdict === 'pass') return;
  print(reportPretty(result, { palette: coloursFor(process.stdout), verbose }));
}

/** A file name as a shell takes it. */
const quoted = (file: string): string =>
  /^[\w./-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`;
