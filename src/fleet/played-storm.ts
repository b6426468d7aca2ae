import fs from 'node:fs';
import { UserError } from '../model/user-error.ts';
import { hostOf } from '../real/dialled-server.ts';
import { isLoopback } from '../real/host-name.ts';
import { type RunDirectory, runDirectoryAt } from '../real/run-directory.ts';
import { openSessionStorageStore } from '../real/session-storage.ts';
import { loadScenario } from '../scenario/load.ts';
import { makePlan } from '../scenario/plan.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { clientsOf, type Share, shareOf } from '../scenario/shares.ts';
import { ScenarioError } from '../simulate/errors.ts';
import { clientSockets } from '../simulate/open-world.ts';
import { type PreparedTarget, prepareTarget } from '../simulate/prepare-target.ts';
import type { Progress } from '../simulate/progress.ts';
import { run } from '../simulate/run.ts';
import { RemoteServer } from '../worlds/sockets/remote-server.ts';
import { Deferred } from './deferred.ts';
import { keptDirectory } from './logs.ts';
import type { Join, Status, WorkerState } from './messages.ts';

/** What a worker lets a storm do. */
export interface StormLimits {
  /** Hosts beside this machine that may be stormed. */
  allowRemote: readonly string[];
  maxClients: number;
  /** Of one address, towards another machine; null where the system doesn't say. */
  ports: number | null;
  maxDialsPerSecond: number | null;
  /** Where logs are kept until they have arrived. */
  directory: string;
}

type CloseSessions = (sessionIds: string[], code: number, reason: string) => void;

/** One storm as one worker plays its share of it. */
export class PlayedStorm {
  readonly id: string;
  readonly worker: number;
  readonly clients: number;
  readonly directory: RunDirectory;
  state: WorkerState = 'joined';
  sentParts = 0;
  hasBegun = false;
  /** Why its logs could not be sent, the last time that it was tried. */
  unsent: string | null = null;
  /** Resolves once it is over, in whatever way. */
  readonly over: Promise<void>;
  readonly #join: Join;
  readonly #scenario: Scenario;
  readonly #prepared: PreparedTarget | null;
  readonly #share: Share;
  readonly #maxDialsPerSecond: number | null;
  readonly #closeSessions: CloseSessions;
  readonly #stopped = new AbortController();
  readonly #calm = new Deferred();
  readonly #begins = new Deferred<number>();
  readonly #isOver = new Deferred();
  #error: string | null = null;
  #progress: Progress | null = null;

  /**
   * Nothing is dialled, and nothing of a stranger's is started.
   *
   * @throws UserError where this worker doesn't play it, with the reason
   */
  static async prepare(
    join: Join,
    limits: StormLimits,
    closeSessions: CloseSessions,
  ): Promise<PlayedStorm> {
    const loaded = loadScenario(join.scenario, null);
    if ('problems' in loaded) throw new ScenarioError(loaded.problems);
    const { scenario } = loaded;
    const share = shareOf(scenario.clients.count, join.worker, join.workers);
    const prepared = await prepareShare(join, scenario, limits);
    const url = prepared?.url ?? new URL(join.url ?? 'ws://none');
    requireHost(url, limits);
    requireRoom(share.clients * clientSockets(scenario), url, limits);
    const directory = keptDirectory(limits.directory, join.storm, join.worker);
    requireUnplayed(directory);
    fs.mkdirSync(directory, { recursive: true });
    const { maxDialsPerSecond } = limits;
    return new PlayedStorm({
      join,
      scenario,
      prepared,
      share,
      directory,
      maxDialsPerSecond,
      closeSessions,
    });
  }

  private constructor(options: {
    join: Join;
    scenario: Scenario;
    prepared: PreparedTarget | null;
    share: Share;
    directory: string;
    maxDialsPerSecond: number | null;
    closeSessions: CloseSessions;
  }) {
    this.#join = options.join;
    this.#scenario = options.scenario;
    this.#prepared = options.prepared;
    this.#share = options.share;
    this.#maxDialsPerSecond = options.maxDialsPerSecond;
    this.#closeSessions = options.closeSessions;
    this.id = options.join.storm;
    this.worker = options.join.worker;
    this.clients = options.share.clients;
    this.directory = runDirectoryAt(options.directory);
    this.over = this.#isOver.promise;
    this.#stopped.signal.addEventListener('abort', () => this.#begins.resolve(performance.now()));
  }

  /** @param epochMs as of a log's lines, when `performance.now()` was 0 */
  open(epochMs: number): void {
    if (this.state !== 'joined') return;
    this.state = 'opening';
    void this.#run(epochMs)
      .then(
        () => {
          this.state = this.#error === null ? 'played' : 'failed';
        },
        (error: Error) => this.#failed(error.message),
      )
      .then(this.#isOver.resolve);
  }

  /** @param atMs by this process's `performance.now()` */
  start(atMs: number): void {
    if (this.state === 'ready') this.state = 'playing';
    this.hasBegun = true;
    this.#begins.resolve(atMs);
  }

  calm(): void {
    this.#calm.resolve();
  }

  /** Its tabs are closed, and its logs end as interrupted. */
  stop(why: string | null = null): void {
    this.#error ??= why;
    this.#stopped.abort();
    // Of one that has not begun, nothing is to be waited for.
    if (this.state !== 'joined') return;
    this.state = 'failed';
    this.#isOver.resolve();
  }

  get isOver(): boolean {
    return this.state === 'played' || this.state === 'sent' || this.state === 'failed';
  }

  get status(): Status {
    const { tabs = 0, connected = 0, attempts = 0, losses = 0 } = this.#progress ?? {};
    return {
      state: this.state,
      error: this.#error ?? this.unsent,
      tabs,
      connected,
      attempts,
      losses,
      attempts_per_second: this.#progress?.attemptsPerSecond ?? 0,
      sent_parts: this.sentParts,
    };
  }

  remove(): void {
    fs.rmSync(this.directory.path, { recursive: true, force: true });
  }

  async #run(epochMs: number): Promise<void> {
    const { seed, worker, workers, url } = this.#join;
    const store = openSessionStorageStore(this.directory.storage);
    try {
      await run({
        scenario: this.#scenario,
        text: this.#join.scenario,
        plan: makePlan(this.#scenario, seed),
        directory: this.directory,
        store,
        hasOlderStorage: false,
        prepared: this.#prepared,
        signal: this.#stopped.signal,
        onProgress: (progress) => {
          this.#progress = progress;
        },
        part: {
          worker,
          workers,
          clients: clientsOf(this.#share),
          ...(this.#prepared === null && {
            server: new RemoteServer({
              url: url as string,
              nodes: this.#scenario.nodes.count,
              maxDialsPerSecond: this.#maxDialsPerSecond,
              closeSessions: this.#closeSessions,
            }),
          }),
          now: () => Math.round(epochMs + performance.now()),
          ready: () => {
            this.state = 'ready';
            return this.#begins.promise;
          },
          caughtUp: () => this.#calm.promise,
          ended: async () => {},
        },
      });
    } finally {
      store.close();
    }
  }

  #failed(error: string): void {
    this.#error ??= error;
    this.state = 'failed';
  }
}

/** The target as a worker dials it: the coordinator alone starts it, and reads its log. */
async function prepareShare(
  { variables, files, workers, max_dials_per_second }: Join,
  { target, clients }: Scenario,
  { allowRemote, maxDialsPerSecond }: StormLimits,
): Promise<PreparedTarget | null> {
  if (!target) return null;
  const prepared = await prepareTarget(
    { ...target, start: undefined, log: undefined },
    clients.settings,
    { env: variables, allowRemote, refusal: notAllowed, readFile: (file) => fileOf(files, file) },
  );
  const caps = [max_dials_per_second && max_dials_per_second / workers, maxDialsPerSecond];
  const known = caps.filter((cap) => cap !== null);
  return {
    ...prepared,
    server: {
      ...prepared.server,
      maxDialsPerSecond: known.length === 0 ? null : Math.min(...known),
    },
  };
}

/** A stranger's scenario is to read none of this machine's. */
function fileOf(files: Record<string, string>, file: string): string {
  const text = Object.hasOwn(files, file) ? files[file] : undefined;
  if (text === undefined) throw new UserError(`${file} was not sent`);
  return text;
}

function requireHost(url: URL, { allowRemote }: StormLimits): void {
  if (isLoopback(hostOf(url)) || allowRemote.includes(url.hostname)) return;
  throw new UserError(notAllowed(url.hostname));
}

const notAllowed = (host: string): string =>
  `${host} is none of the hosts that this worker may storm; to allow it, start the worker with ` +
  `--allow-remote ${host}`;

/** What is kept of one storm is not to end in the middle of another's lines. */
function requireUnplayed(directory: string): void {
  if (fs.existsSync(directory)) throw new UserError(`has logs of that storm already: ${directory}`);
}

function requireRoom(sockets: number, url: URL, { maxClients, ports }: StormLimits): void {
  if (sockets > maxClients) {
    throw new UserError(
      `its share needs ${sockets} sockets, and this worker carries ${maxClients}`,
    );
  }
  if (ports !== null && sockets > ports && !isLoopback(hostOf(url))) {
    throw new UserError(
      `its share needs ${sockets} sockets, and this machine has ${ports} ports for one address`,
    );
  }
}
