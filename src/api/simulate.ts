import type { ClientAs } from '../core/habits.ts';
import type { ProtocolName } from '../protocols/index.ts';
import type { StorageDamage } from '../real/session-storage.ts';
import type { Summary } from '../report/json.ts';
import { jsonSummary } from '../report/json.ts';
import { ScenarioError } from '../simulate/errors.ts';
import { simulate as run } from '../simulate/index.ts';
import { prepareRun } from '../simulate/prepare-run.ts';
import type { Progress } from '../simulate/progress.ts';
import { COMMAND } from './command.ts';
import { expectationsOf, type Strings } from './given.ts';
import { load } from './scenario.ts';
import type { ScenarioInput } from './scenario-input.ts';

export type { Progress } from '../simulate/progress.ts';

/** As the flags of `wsdiag simulate`. What is left out is as the scenario has it. */
export interface SimulateOptions {
  /** Seed of everything that is drawn, a whole number from 0. Default: the scenario's, else a new one. */
  seed?: number;
  /** Directory that run directories are made in. Default: `wsdiag-runs`. */
  out?: string;
  /** Directory of a session storage that outlives the run, so sessions go on in the next. Default: one of the run. */
  storage?: string;
  /** Number of clients. */
  clients?: number;
  /** Whose habits the clients have. */
  as?: ClientAs;
  /** `ws://` or `wss://` URL of the server to storm instead of the reference server. */
  target?: string;
  /** Command, for a shell, that starts the target, and starts it again after a restart. Default: it runs already. */
  start?: string;
  /** The target's own log: a file, read from where it ends now, or `stdout` or `stderr` of what `start` starts. */
  serverLog?: string;
  /** How that log is to be read: the name of a shipped format, or a file that says it. */
  logFormat?: string;
  /** How clients and target talk. Default: wsdiag's own handshake. */
  protocol?: ProtocolName;
  /** Hosts beside this machine that may be stormed. */
  allowRemote?: readonly string[];
  /** Bounds in place of the scenario's, and what must not stand out: `recovery_p95 < 5s`, `lockstep: none`. */
  expect?: Strings;
  /** Variables that a target's texts may name, and that it is started with. Default: those of this process. */
  env?: NodeJS.ProcessEnv;
  /**
   * Ends the run early: its logs are whole, and the summary has `interrupted: true` and the verdict `unknown`. Before
   * the server is ready, `simulate` rejects with the signal's reason instead.
   */
  signal?: AbortSignal;
  /** Called every 100 ms while the run goes on. */
  onProgress?(progress: Progress): void;
  /** What was wrong with `storage`, where anything was; sessions may begin anew then. */
  onStorageDamage?(damage: readonly StorageDamage[]): void;
}

/**
 * Runs a scenario on real sockets, and judges it by the logs that it left in its run directory, as `wsdiag simulate`
 * does. Whatever the verdict is, it resolves.
 *
 * @param scenario path of a file, or an object of a file's shape
 * @returns what `summary.json` in `run_dir` has
 * @throws ScenarioError for mistakes in the scenario, or options that it can't be run with
 * @throws UsageError for an `expect` that makes no sense
 * @throws EnvironmentError where a file, a port or a target is in the way
 * @throws UserError where a variable is missing, or the target is another host's and nobody allowed that
 */
export async function simulate(
  scenario: string | ScenarioInput,
  options: SimulateOptions = {},
): Promise<Summary> {
  const { out = 'wsdiag-runs', storage, env = process.env, allowRemote = [] } = options;
  const { signal = new AbortController().signal } = options;
  const { file, text, loaded } = await load(scenario);
  if ('problems' in loaded) throw new ScenarioError(loaded.problems);
  const expect = expectationsOf(options.expect);
  const { replay, ...prepared } = prepareRun(file, text, loaded.scenario, { ...options, expect });
  signal.throwIfAborted();
  try {
    const result = await run({
      ...prepared,
      replay: (asRun) => `${COMMAND} ${replay(asRun)}`,
      command: COMMAND,
      out,
      storage,
      surroundings: { env, allowRemote },
      signal,
      onProgress: options.onProgress,
      onStorageDamage: options.onStorageDamage,
    });
    return jsonSummary(result, COMMAND);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}
