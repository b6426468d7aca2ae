import type { Clock } from '../core/host.ts';
import { LOG_SCHEMA, type LogName, type WriteLog } from '../core/records.ts';
import { type Log, openLog } from '../real/logs.ts';
import { LoopDelay } from '../real/loop-delay.ts';
import type { RunDirectory } from '../real/run-directory.ts';
import type { SessionStorageStore } from '../real/session-storage.ts';
import { WSDIAG_VERSION } from '../real/version.ts';
import type { ClientNumber, Plan } from '../scenario/plan.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { World, WorldTab } from '../worlds/world.ts';
import { environmentError, inEnvironment } from './errors.ts';
import { Injector } from './injector.ts';
import { openWorld } from './open-world.ts';
import type { Part } from './part.ts';
import type { PreparedTarget } from './prepare-target.ts';
import { Counters, type Progress, TICK_MS } from './progress.ts';

export interface RunOptions {
  scenario: Scenario;
  /** As it runs. */
  text: string;
  plan: Plan;
  directory: RunDirectory;
  store: SessionStorageStore;
  /** The storage is an earlier run's, too. */
  hasOlderStorage: boolean;
  /** The scenario's target, where it has one. */
  prepared: PreparedTarget | null;
  /** What of the storm is played here. Default: all of it. */
  part?: Part | undefined;
  /** Aborted: the run ends early, its logs whole but marked. */
  signal: AbortSignal;
  onProgress?(progress: Progress): void;
  /** What is worth to be known beside the verdict. */
  onNote?(note: string): void;
}

/** The log of who has no clients. */
const NO_CLIENTS: Log<'client'> = { write: () => {}, flush: () => {}, close: () => {} };

/** How often it is looked whether everyone is back, and whether every socket is closed. */
const POLL_MS = 25;
/** Closing handshakes at the end of a run may take this long. */
const GOODBYE_MS = 3000;
const GOODBYES_PER_TURN = 250;

/** Plays a plan in its world, and leaves its logs in the run directory. */
export async function run(options: RunOptions): Promise<void> {
  const { scenario, plan, directory, store, prepared, part } = options;
  const serverFailed = prepared ? 'the target failed' : 'the reference server failed';
  const failure = new AbortController();
  const fail = (doing: string) => (error: Error) => failure.abort(environmentError(doing, error));
  const signal = AbortSignal.any([options.signal, failure.signal]);

  const writing = `can't write logs in ${directory.path}`;
  const openGathering = <L extends LogName>(file: string) =>
    inEnvironment(writing, () => openLog<L>(file, { onError: fail(writing), now: part?.now }));
  const clientLog = part?.worker === null ? NO_CLIENTS : openGathering<'client'>(directory.client);
  const faultLog = openGathering<'faults'>(directory.faults);
  const counters = new Counters();
  const loopDelay = new LoopDelay();
  const world = openWorld({
    scenario,
    prepared,
    hasOlderStorage: options.hasOlderStorage,
    part,
    seed: plan.seed,
    directory,
    store,
    log: counters.counting(clientLog.write),
    faultLog: faultLog.write,
    onOddEnd: (what) => options.onNote?.(what),
    onFailure: fail(serverFailed),
  });
  const about = { wsdiag_version: WSDIAG_VERSION, log_schema: LOG_SCHEMA };
  try {
    faultLog.write('faults_started', about);
    // A service of the user's own may take long to be ready.
    const isOver = prepared ? [aborted(options.signal)] : [];
    const url = await Promise.race([world.start(), ...isOver]).catch((error) => {
      throw environmentError(serverFailed, error);
    });
    clientLog.write('client_started', { ...about, url, node_version: process.version });
    const stopReporting = reportProgress(options, counters);
    try {
      await play(options, world, url, signal, faultLog.write);
      await settled(world, scenario.settleMs, signal, part);
    } catch (error) {
      throw error instanceof DOMException
        ? environmentError("a fault can't change the session storage", error)
        : error;
    } finally {
      stopReporting();
      // Else they would dial on, and the process never end.
      await endTabs(world, failure.signal);
    }
    await part?.ended();
    await world.close();
    faultLog.write('faults_stopped', about);
    clientLog.write('client_stopped', {
      ...about,
      event_loop_delay_p99_ms: loopDelay.stop(),
      interrupted: options.signal.aborted,
    });
  } finally {
    world.kill();
    clientLog.close();
    faultLog.close();
  }
  failure.signal.throwIfAborted();
}

/** Rejects at the signal. */
const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const interrupted = () => reject(new Error('interrupted before it was ready'));
    if (signal.aborted) interrupted();
    else signal.addEventListener('abort', interrupted, { once: true });
  });

/** Dials and faults at their times; then healing. */
async function play(
  { scenario, plan, part }: RunOptions,
  world: World,
  url: string,
  signal: AbortSignal,
  log: WriteLog<'faults'>,
): Promise<void> {
  const injector = new Injector(world, log, part?.worker);
  const defective = new Set(plan.defective);
  const clients = part?.clients ?? plan.dials.map(({ client }) => client);
  const tabs = new Map(
    clients.map((client): [ClientNumber, WorldTab] => {
      const defect = defective.has(client) ? (scenario.clients.defect?.name ?? null) : null;
      return [client, world.open(`client-${client}`, defect)];
    }),
  );
  const steps = [
    ...plan.dials.flatMap(({ atMs, client }) => {
      const tab = tabs.get(client);
      return tab ? [{ atMs, step: () => tab.load() }] : [];
    }),
    ...plan.hits.map(({ atMs, fault, params, clients }, index) => ({
      atMs,
      step: () =>
        injector.inject({
          fault,
          params,
          occurrence: index + 1,
          tabs: clients === 'all' ? world.tabs : clients.flatMap((one) => tabs.get(one) ?? []),
        }),
    })),
  ];
  const startsAt = (await part?.ready(url, log, world.server)) ?? world.clock.now();
  try {
    await playSteps(steps, { startsAt, durationMs: scenario.durationMs }, world.clock, signal);
  } finally {
    injector.healAll();
  }
}

/** Runs each step at its time after `startsAt`, and resolves at the end of `durationMs` or at the signal. */
async function playSteps(
  steps: { atMs: number; step: () => void }[],
  { startsAt, durationMs }: { startsAt: number; durationMs: number },
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const ordered = steps.toSorted((a, b) => a.atMs - b.atMs);
  let next = 0;
  const playDue = () => {
    const elapsed = clock.now() - startsAt;
    for (let due = ordered[next]; due && due.atMs <= elapsed; due = ordered[next]) {
      next += 1;
      due.step();
    }
  };
  while (!signal.aborted) {
    playDue();
    const wakeAtMs = Math.min(ordered[next]?.atMs ?? durationMs, durationMs);
    const waitMs = wakeAtMs - (clock.now() - startsAt);
    if (next === ordered.length && waitMs <= 0) return;
    await pause(clock, Math.max(0, waitMs), signal);
  }
}

/** Until each open tab is connected over a wire that works, for at most `settleMs`. */
async function settled(
  world: World,
  settleMs: number,
  signal: AbortSignal,
  part?: Part,
): Promise<void> {
  const { clock } = world;
  const deadline = clock.now() + settleMs;
  // Who is about to be cut off looks connected; the last to be told hears of it within a poll.
  const caughtUp = new AbortController();
  void Promise.all([world.caughtUp(), part?.caughtUp?.()]).then(() => caughtUp.abort());
  await pause(clock, settleMs, AbortSignal.any([signal, caughtUp.signal]));
  await pause(clock, Math.min(POLL_MS, settleMs), signal);
  while (!signal.aborted && clock.now() < deadline) {
    if (world.tabs.every((tab) => tab.settled)) return;
    await pause(clock, POLL_MS, signal);
  }
}

/** The run ends around open tabs: each says 1001, and the server gets to hear it. */
async function endTabs(world: World, failed: AbortSignal): Promise<void> {
  const { clock } = world;
  for (const [index, tab] of world.tabs.entries()) {
    tab.unload('end');
    // Ten thousand goodbyes in one turn would look like a load generator that can't keep up.
    if (index % GOODBYES_PER_TURN === 0) await pause(clock, 0, failed);
  }
  const deadline = clock.now() + GOODBYE_MS;
  while (world.openSockets > 0 && clock.now() < deadline && !failed.aborted) {
    await pause(clock, POLL_MS, failed);
  }
}

function reportProgress(
  { onProgress, scenario, signal, part }: RunOptions,
  counters: Counters,
): () => void {
  // Who has no clients has nothing to count.
  if (part?.worker === null) return () => {};
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - startedAt;
    onProgress?.({
      phase: signal.aborted ? 'stopping' : elapsedMs < scenario.durationMs ? 'running' : 'settling',
      elapsedMs,
      totalMs: scenario.durationMs,
      tabs: counters.tabs,
      connected: counters.connected,
      attempts: counters.attempts,
      losses: counters.losses,
      attemptsPerSecond: counters.attemptsPerSecond,
      peakAttemptsPerSecond: counters.peakAttemptsPerSecond,
    });
  }, TICK_MS);
  return () => clearInterval(timer);
}

/** Waits, but not beyond the signal. */
function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const over = () => {
      clock.clearTimer(timer);
      signal.removeEventListener('abort', over);
      resolve();
    };
    const timer = clock.setTimer(delayMs, over);
    signal.addEventListener('abort', over);
  });
}
