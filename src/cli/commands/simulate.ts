import { setTimeout } from 'node:timers/promises';
import { type Command, Option } from 'commander';
import { seriesOf } from '../../compare/index.ts';
import { CLIENTS_AS, type ClientAs } from '../../core/habits.ts';
import type { RunResult } from '../../model/result.ts';
import { PROTOCOL_NAMES } from '../../protocols/index.ts';
import type { ScenarioPlaces } from '../../report/index.ts';
import { linesOf, MAX_CLIENTS, makePlan, renderPlan } from '../../scenario/index.ts';
import { EnvironmentError } from '../../simulate/errors.ts';
import { simulate } from '../../simulate/index.ts';
import { type PreparedRun, prepareRun } from '../../simulate/prepare-run.ts';
import type { Held } from '../baseline.ts';
import {
  addBaselineOptions,
  type BaselineOptions,
  openBaseline,
  tellHeld,
} from '../baseline-options.ts';
import { EXIT, exitCodeOf, worst } from '../exit.ts';
import { addExpectOption, type ExpectOptions } from '../expectations.ts';
import { type OpenFleet, openFleet } from '../fleet.ts';
import { tellOfTargetLog } from '../hints.ts';
import { liveLine } from '../live-line.ts';
import { integer, nonEmpty, seed as seedOption } from '../options.ts';
import { labelsOf, outOf, tellRepeats } from '../repeats.ts';
import {
  addReporterOption,
  createReports,
  type ReportOptions,
  type Reports,
} from '../reporters.ts';
import { loadAll } from '../scenario-files.ts';
import type { Shell } from '../shell.ts';
import { aborted, type Interruption, onInterrupt } from '../signals.ts';
import { tellOfDamage } from '../storage-damage.ts';

interface Options extends ReportOptions, ExpectOptions, BaselineOptions {
  repeat: number;
  seed?: number;
  out: string;
  storage?: string;
  clients?: number;
  as?: ClientAs;
  plan?: boolean;
  target?: string;
  start?: string;
  serverLog?: string;
  logFormat?: string;
  protocol?: string;
  maxDials?: number;
  allowRemote?: string[];
  nats?: string;
  workers?: number;
  localWorkers?: number;
  onLost?: 'stop' | 'continue';
}

const MAX_REPEATS = 100;
const MAX_DIALS = 1_000_000;
const MAX_WORKERS = 200;

/** A signal to a process group reaches its processes within this time of each other. */
const GROUP_SIGNAL_MS = 200;

export function addSimulate(command: Command, shell: Shell): void {
  command
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
    .addOption(
      new Option('--repeat <n>', 'run each scenario so often, and tell medians and spread')
        .argParser(integer(1, MAX_REPEATS))
        .default(1),
    )
    .option('--out <dir>', 'where run directories are made', nonEmpty, 'wsdiag-runs')
    .option(
      '--storage <dir>',
      'session storage that outlives the run, so sessions go on in the next',
      nonEmpty,
    )
    .option(
      '--clients <n>',
      'number of clients, instead of the scenario’s',
      integer(1, MAX_CLIENTS),
    )
    .addOption(
      new Option(
        '--as <browser>',
        'whose habits the clients have, instead of the scenario’s',
      ).choices(CLIENTS_AS),
    )
    .option(
      '--target <ws-url>',
      'storm this server of yours instead of the reference server',
      nonEmpty,
    )
    .option(
      '--start <command>',
      'what starts it, and starts it again when it is to restart',
      nonEmpty,
    )
    .option(
      '--server-log <file>',
      'its own log, read from where it ends now; or stdout or stderr of what --start starts',
      nonEmpty,
    )
    .option('--log-format <file or name>', 'how that log is to be read', nonEmpty)
    .addOption(
      new Option(
        '--protocol <name>',
        'how clients and target talk (default: wsdiag’s own handshake)',
      ).choices(PROTOCOL_NAMES),
    )
    .option(
      '--max-dials <n>',
      'dials of the target a second at most, by all clients together (default: 200 beside this machine)',
      integer(1, MAX_DIALS),
    )
    .option(
      '--allow-remote <host>',
      'a host beside this machine that may be stormed (repeatable)',
      (host: string, hosts: string[] = []) => [...hosts, host],
    )
    .option(
      '--nats <url>',
      'where NATS is: workers there play the clients (default: NATS_URL)',
      nonEmpty,
    )
    .option('--workers <n>', 'how many workers play', integer(1, MAX_WORKERS))
    .addOption(
      new Option(
        '--local-workers <n>',
        'so many processes on this machine play, over a nats-server of their own',
      )
        .argParser(integer(1, MAX_WORKERS))
        .conflicts(['workers', 'nats']),
    )
    .addOption(
      new Option(
        '--on-lost <what>',
        'what the other workers do once one is lost (default: "continue")',
      ).choices(['stop', 'continue']),
    )
    .option('--plan', 'print who is hit when, and run nothing')
    .addOption(
      new Option('-q, --quiet', 'print nothing on a pass, else the verdict and why').conflicts(
        'verbose',
      ),
    )
    .option('-v, --verbose', 'print every finding, and every line that proves it');
  addBaselineOptions(addReporterOption(addExpectOption(command)))
    .addHelpText(
      'after',
      `
Exit codes:
  0 pass   1 findings, or worse than the baseline
  2 wrong usage, scenario or environment   3 unknown
  70 a bug in wsdiag    130, 143 interrupted

Examples:
  $ wsdiag simulate scenarios/flaky.yaml
  $ wsdiag simulate scenarios/*.yaml --quiet
  $ wsdiag simulate scenarios/flaky.yaml --as firefox
  $ wsdiag simulate scenarios/*.yaml --reporter junit=junit.xml --reporter html
  $ wsdiag simulate scenarios/flaky.yaml --seed 7 --plan
  $ wsdiag simulate scenarios/deploy.yaml --repeat 5 --baseline baseline.yaml
  $ wsdiag simulate scenarios/flaky.yaml --clients 20000 --local-workers 2
  $ wsdiag simulate storm.yaml --target wss://staging.example.com/ws \\
      --allow-remote staging.example.com --nats nats://10.0.0.5:4222 --workers 4
  $ wsdiag simulate scenarios/ci.yaml --target ws://127.0.0.1:8080 \\
      --start 'node server.js' --server-log stdout`,
    )
    .action(async (files: string[], options: Options) => {
      shell.exitCode = await simulateAll(files, options, shell);
    });
}

async function simulateAll(files: string[], options: Options, shell: Shell): Promise<number> {
  const loaded = await loadAll(files, shell);
  if (loaded === null) return EXIT.usage;
  const prepared = loaded.map(({ file, text, scenario }): Prepared => {
    const { replay, ...run } = prepareRun(file, text, scenario, options);
    return {
      ...run,
      replay: (asRun) => `${shell.command} ${replay(asRun)}`,
      source: file === '-' ? undefined : { file, lines: linesOf(text) },
    };
  });
  if (options.plan) {
    for (const { scenario, seed } of prepared)
      shell.print(renderPlan(makePlan(scenario, seed), scenario, options.storage !== undefined));
    return EXIT.pass;
  }
  const names = prepared.map(({ scenario }) => scenario.name);
  const baseline = await openBaseline(options, names, shell);
  const reports = createReports(
    // What repeats come to is told at their end.
    { ...options, quiet: options.quiet || options.repeat > 1, countsFailures: !options.quiet },
    shell,
    names.flatMap((name) => new Array<string>(options.repeat).fill(name)),
    files,
  );
  const interruption = onInterrupt(shell.surroundings);
  interruption.signal.addEventListener('abort', () => {
    if (!options.quiet) shell.printError('\nstopping; once more to leave at once');
  });
  const codes: number[] = [];
  const held: Held[] = [];
  let fleet: OpenFleet | null = null;
  try {
    fleet = await openFleet(options, prepared, interruption.signal, shell);
    for (const one of prepared) {
      const { name } = one.scenario;
      const out = outOf(options, name);
      const results: RunResult[] = [];
      for (const label of labelsOf(name, options.repeat)) {
        const run = { ...one, out, label };
        const { code, result } = await simulateOne(
          run,
          options,
          { interruption, reports, fleet },
          shell,
        );
        codes.push(code);
        if (interruption.exitCode !== null) return interruption.exitCode;
        if (result) results.push(result);
      }
      if (results.length === 0) continue;
      const series = seriesOf(out, results);
      if (options.repeat > 1) tellRepeats(series, results, options, shell);
      if (baseline) held.push(baseline.hold(series));
    }
  } catch (error) {
    if (interruption.exitCode === null || !(error instanceof EnvironmentError)) throw error;
    return interruption.exitCode;
  } finally {
    await fleet?.close();
    interruption.release();
    reports.finish();
  }
  tellHeld(held, options, shell);
  return worst([...codes, ...held.map(({ code }) => code)]);
}

interface Prepared extends PreparedRun {
  /** None of standard input. */
  source: ScenarioPlaces | undefined;
}

interface OneRun extends Prepared {
  out: string;
  /** What is told while it goes on begins with it. */
  label: string;
}

/** What all runs of a call have in common. */
interface Common {
  interruption: Interruption;
  reports: Reports;
  fleet: OpenFleet | null;
}

/** `result` is null where it was interrupted before there was any. */
async function simulateOne(
  { scenario, text, seed, replay, source, out, label }: OneRun,
  options: Options,
  { interruption, reports, fleet }: Common,
  shell: Shell,
): Promise<{ code: number; result: RunResult | null }> {
  const { storage, quiet = false } = options;
  // What came from standard input is kept in the run directory, which is not there yet.
  const again = source ? `seed ${seed}; replay with: ${replay(source.file)}` : `seed ${seed}`;
  if (!quiet) shell.printError(`${label}: ${again}`);
  const { target, clients } = scenario;
  if (target && !quiet) {
    const who = clients.count === 1 ? 'a client' : `${clients.count} clients`;
    shell.printError(`${label}: ${who} will dial ${target.url}`);
  }
  const line = await liveLine(label, quiet, shell);
  const notes: string[] = [];
  try {
    const result = await simulate({
      scenario,
      text,
      seed,
      replay,
      command: shell.command,
      out,
      storage,
      surroundings: { env: shell.env, allowRemote: options.allowRemote ?? [] },
      play: fleet?.player((note) => line.aside(() => shell.printError(`wsdiag: ${note}`))),
      signal: interruption.signal,
      onStorageDamage: (damage) => tellOfDamage(damage, shell),
      onProgress: line.show,
      onNote: (note) => notes.push(note),
    });
    line.stop();
    if (!quiet) for (const note of notes) shell.printError(`wsdiag: ${note}`);
    if (!quiet) tellOfTargetLog(result, shell);
    const reported = await report(result, source, reports, shell);
    return { code: worst([exitCodeOf(result.verdict), reported]), result };
  } catch (error) {
    line.stop();
    if (error instanceof EnvironmentError && (await wasInterrupted(interruption))) {
      shell.printError(`wsdiag: ${error.message}`);
      return { code: EXIT.unknown, result: null };
    }
    if (!(error instanceof EnvironmentError)) shell.printError(again);
    throw error;
  }
}

/** One report that can't be written keeps no other scenario from being run. */
async function report(
  result: RunResult,
  scenario: ScenarioPlaces | undefined,
  reports: Reports,
  shell: Shell,
): Promise<number> {
  try {
    await reports.add(result, { scenario });
    return EXIT.pass;
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    shell.printError(`wsdiag: ${error.message}`);
    return EXIT.usage;
  }
}

/** A signal to the whole process group may end a server that is only starting before it is seen here. */
async function wasInterrupted({ signal }: Interruption): Promise<boolean> {
  await Promise.race([aborted(signal), setTimeout(GROUP_SIGNAL_MS)]);
  return signal.aborted;
}
