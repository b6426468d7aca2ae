import fs from 'node:fs';
import path from 'node:path';
import type { RunResult } from '../model/result.ts';
import { socketLimit } from '../real/limits.ts';
import { createRunDirectory, type RunDirectory } from '../real/run-directory.ts';
import {
  openSessionStorageStore,
  type SessionStorageStore,
  type StorageDamage,
} from '../real/session-storage.ts';
import { reportJson } from '../report/index.ts';
import { makePlan } from '../scenario/plan.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { EnvironmentError, inEnvironment } from './errors.ts';
import { judgeRun } from './judge.ts';
import { clientSockets, requireFaults, serverSockets } from './open-world.ts';
import { prepareTarget, type TargetSurroundings } from './prepare-target.ts';
import type { Progress } from './progress.ts';
import { type RunOptions, run } from './run.ts';

export type { TargetSurroundings } from './prepare-target.ts';
export type { Progress } from './progress.ts';

export interface StormOptions {
  scenario: Scenario;
  /** The scenario's text as it runs, seed filled in. */
  text: string;
  seed: number;
  /** Command that runs the same again; `file` is the scenario as it ran, in the run directory. */
  replay(file: string): string;
  /** How the user calls wsdiag. */
  command: string;
  /** Directory that the run directory is made in. */
  out: string;
  /** Directory of the session storage, where it is to outlive the run; else in the run directory. */
  storage?: string;
  /** For a scenario's target: variables, and hosts beside this one that may be stormed. */
  surroundings?: TargetSurroundings;
  /** Plays the plan elsewhere: other processes have the clients. Default: all of it is played here. */
  play?: ((options: RunOptions) => Promise<void>) | undefined;
  /** Aborted: the run ends early, its logs whole but marked as interrupted. */
  signal: AbortSignal;
  onStorageDamage?(damage: readonly StorageDamage[]): void;
  onProgress?(progress: Progress): void;
  /** What is worth to be known beside the verdict. */
  onNote?(note: string): void;
}

const NO_SURROUNDINGS: TargetSurroundings = { env: process.env, allowRemote: [] };

/**
 * Runs a scenario on real sockets, and judges it by the logs it left.
 *
 * @throws EnvironmentError
 */
export async function simulate(options: StormOptions): Promise<RunResult> {
  const { scenario, text, seed, signal, surroundings = NO_SURROUNDINGS, play } = options;
  requireFaults(scenario);
  const prepared = scenario.target
    ? await prepareTarget(scenario.target, scenario.clients.settings, surroundings)
    : null;
  requireSockets(scenario, play === undefined);
  // Storage that is in use is told of before there is a directory to leave behind.
  let store = options.storage === undefined ? undefined : openStorage(options.storage);
  let directory: RunDirectory;
  try {
    directory = makeDirectory(options);
    store ??= openStorage(directory.storage);
    if (store.damage.length > 0) options.onStorageDamage?.(store.damage);
    const plan = makePlan(scenario, seed);
    await (play ?? run)({
      scenario,
      text,
      plan,
      directory,
      store,
      hasOlderStorage: options.storage !== undefined,
      prepared,
      signal,
      onProgress: options.onProgress,
      onNote: options.onNote,
    });
  } finally {
    store?.close();
  }
  const result = await judgeRun(directory.path, {
    replay: options.replay(directory.scenario),
  });
  inEnvironment(`can't write ${directory.summary}`, () =>
    fs.writeFileSync(directory.summary, reportJson(result, options.command)),
  );
  return result;
}

const openStorage = (directory: string): SessionStorageStore =>
  inEnvironment("can't open the session storage", () =>
    openSessionStorageStore(path.resolve(directory)),
  );

function makeDirectory({ out, scenario, text }: StormOptions): RunDirectory {
  const directory = inEnvironment(`can't make a run directory in ${out}`, () =>
    createRunDirectory(out, scenario.name, new Date()),
  );
  inEnvironment(`can't write ${directory.scenario}`, () =>
    fs.writeFileSync(directory.scenario, text),
  );
  return directory;
}

/** Found out now, and not by ten thousand failed dials. */
function requireSockets(scenario: Scenario, hasClients: boolean): void {
  const limit = socketLimit();
  const clients = scenario.clients.count;
  const sockets = clients * (serverSockets(scenario) + (hasClients ? clientSockets(scenario) : 0));
  if (limit === null || sockets <= limit) return;
  throw new EnvironmentError(
    `${clients} clients need ${sockets} open sockets, and this process may have ${limit}; ` +
      'raise the limit with `ulimit -n`, have several processes with --local-workers, or fewer --clients',
  );
}
