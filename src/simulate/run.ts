import { setTimeout as sleep } from 'node:timers/promises';
import { LOG_SCHEMA, type LogName } from '../core/records.ts';
import type { BrowserTab } from '../core/tab.ts';
import { RealBrowser } from '../real/browser.ts';
import { openLog } from '../real/logs.ts';
import { LoopDelay } from '../real/loop-delay.ts';
import type { RunDirectory } from '../real/run-directory.ts';
import { ServerHandle } from '../real/server-handle.ts';
import type { SessionStorageStore } from '../real/session-storage.ts';
import { WSDIAG_VERSION } from '../real/version.ts';
import type { Plan } from '../scenario/plan.ts';
import type { Scenario } from '../scenario/scenario.ts';
import { environmentError, inEnvironment } from './errors.ts';
import { Injector } from './injector.ts';
import { Counters, type Progress, TICK_MS } from './progress.ts';

export interface RunOptions {
  scenario: Scenario;
  plan: Plan;
  directory: RunDirectory;
  store: SessionStorageStore;
  /** Aborted: the run ends early, its logs whole but marked. */
  signal: AbortSignal;
  onProgress?(progress: Progress): void;
}

/** How often it is looked whether everyone is back, and whether every socket is closed. */
const POLL_MS = 25;
/** Closing handshakes at the end of a run may take this long. */
const GOODBYE_MS = 3000;
const GOODBYES_PER_TURN = 250;

/** Plays a plan on real sockets, and leaves its logs in the run directory. */
export async function run(options: RunOptions): Promise<void> {
  const { scenario, plan, directory, store } = options;
  const failure = new AbortController();
  const fail = (doing: string) => (error: Error) => failure.abort(environmentError(doing, error));
  const signal = AbortSignal.any([options.signal, failure.signal]);

  const writing = `can't write logs in ${directory.path}`;
  const openGathering = <L extends LogName>(file: string) =>
    inEnvironment(writing, () => openLog<L>(file, { onError: fail(writing) }));
  const clientLog = openGathering<'client'>(directory.client);
  const faultLog = openGathering<'faults'>(directory.faults);
  const server = new ServerHandle({
    settings: scenario.server,
    logFile: directory.server,
    seed: plan.seed,
    onFailure: fail('the reference server failed'),
  });
  const counters = new Counters();
  const loopDelay = new LoopDelay();
  try {
    const url = await server.listening().catch((error) => {
      throw environmentError('the reference server failed', error);
    });
    const about = { wsdiag_version: WSDIAG_VERSION, log_schema: LOG_SCHEMA };
    clientLog.write('client_started', { ...about, url });
    faultLog.write('faults_started', about);
    const browser = new RealBrowser({
      url: new URL(url),
      settings: scenario.clients.settings,
      log: counters.counting(clientLog.write),
      store,
      seed: plan.seed,
      as: scenario.clients.as,
      restoresMs: longestAgo(scenario),
    });
    const stopReporting = reportProgress(options, counters);
    try {
      await play(options, browser, new Injector(server, faultLog.write), signal);
      await settled(browser, server, scenario.settleMs, signal);
    } catch (error) {
      throw error instanceof DOMException
        ? environmentError("a fault can't change the session storage", error)
        : error;
    } finally {
      stopReporting();
      // Else they would dial on, and the process never end.
      await endTabs(browser, failure.signal);
    }
    await server.close();
    browser.dispose();
    faultLog.write('faults_stopped', about);
    clientLog.write('client_stopped', {
      ...about,
      event_loop_delay_p99_ms: loopDelay.stop(),
      interrupted: options.signal.aborted,
    });
  } finally {
    server.kill();
    clientLog.close();
    faultLog.close();
  }
  failure.signal.throwIfAborted();
}

/** How far back any fault has a browser bring back its storage. */
const longestAgo = ({ timeline }: Scenario): number =>
  Math.max(0, ...timeline.map(({ params }) => (typeof params.ago === 'number' ? params.ago : 0)));

/** Dials and faults at their times; then healing. */
async function play(
  { scenario, plan }: RunOptions,
  browser: RealBrowser,
  injector: Injector,
  signal: AbortSignal,
): Promise<void> {
  const defective = new Set(plan.defective);
  const tabs: BrowserTab[] = Array.from({ length: scenario.clients.count }, (_, index) => {
    const defect = defective.has(index + 1) ? (scenario.clients.defect?.name ?? null) : null;
    return browser.open(`client-${index + 1}`, defect);
  });
  const tabOf = (client: number) => tabs[client - 1] as BrowserTab;
  const steps = [
    ...plan.dials.map(({ atMs, client }) => ({ atMs, step: () => tabOf(client).load() })),
    ...plan.hits.map(({ atMs, fault, params, clients }) => ({
      atMs,
      step: () =>
        injector.inject({
          fault,
          params,
          tabs: clients === 'all' ? browser.tabs : clients.map(tabOf),
        }),
    })),
  ];
  try {
    await playSteps(steps, scenario.durationMs, signal);
  } finally {
    injector.healAll();
  }
}

/** Runs each step at its time, and resolves at the end of `durationMs` or at the signal. */
async function playSteps(
  steps: { atMs: number; step: () => void }[],
  durationMs: number,
  signal: AbortSignal,
): Promise<void> {
  const startedAt = performance.now();
  const ordered = steps.toSorted((a, b) => a.atMs - b.atMs);
  let next = 0;
  const playDue = () => {
    const elapsed = performance.now() - startedAt;
    for (let due = ordered[next]; due && due.atMs <= elapsed; due = ordered[next]) {
      next += 1;
      due.step();
    }
  };
  while (!signal.aborted) {
    playDue();
    const wakeAtMs = Math.min(ordered[next]?.atMs ?? durationMs, durationMs);
    const waitMs = wakeAtMs - (performance.now() - startedAt);
    if (next === ordered.length && waitMs <= 0) return;
    await pause(Math.max(0, waitMs), signal);
  }
}

/** Until each open tab is connected over a wire that works, for at most `settleMs`. */
async function settled(
  browser: RealBrowser,
  server: ServerHandle,
  settleMs: number,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + settleMs;
  // Who is about to be cut off looks connected; the last to be told hears of it within a poll.
  const caughtUp = new AbortController();
  void server.caughtUp().then(() => caughtUp.abort());
  await pause(settleMs, AbortSignal.any([signal, caughtUp.signal]));
  await pause(Math.min(POLL_MS, settleMs), signal);
  while (!signal.aborted && performance.now() < deadline) {
    if (browser.tabs.every((tab) => tab.settled)) return;
    await pause(POLL_MS, signal);
  }
}

/** The run ends around open tabs: each says 1001, and the server gets to hear it. */
async function endTabs(browser: RealBrowser, failed: AbortSignal): Promise<void> {
  for (const [index, tab] of browser.tabs.entries()) {
    tab.unload('end');
    // Ten thousand goodbyes in one turn would look like a load generator that can't keep up.
    if (index % GOODBYES_PER_TURN === 0) await pause(0, failed);
  }
  const deadline = performance.now() + GOODBYE_MS;
  while (browser.openSockets > 0 && performance.now() < deadline && !failed.aborted) {
    await pause(POLL_MS, failed);
  }
}

function reportProgress({ onProgress, scenario, signal }: RunOptions, counters: Counters) {
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
      drops: counters.drops,
      attemptsPerSecond: counters.attemptsPerSecond,
      peakAttemptsPerSecond: counters.peakAttemptsPerSecond,
    });
  }, TICK_MS);
  return () => clearInterval(timer);
}

/** Waits, but not beyond the signal. */
async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, { signal }).catch(() => {});
}
