import { randomUUID } from 'node:crypto';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ObjectStore } from '@nats-io/obj';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import type { WorkerLostReason, WriteLog } from '../core/records.ts';
import { runDirectoryAt } from '../real/run-directory.ts';
import { WSDIAG_VERSION } from '../real/version.ts';
import { shareOf } from '../scenario/shares.ts';
import { EnvironmentError } from '../simulate/errors.ts';
import { TICK_MS } from '../simulate/progress.ts';
import { type RunOptions, run } from '../simulate/run.ts';
import { type ClockOffset, type Clocks, measureClock, OWN_CLOCKS, WALL_STEP_MS } from './clocks.ts';
import { findWorkers } from './find-workers.ts';
import { writeFleet } from './fleet-file.ts';
import { fetchLogs, keptDirectory, LOGS, logsIn, openBucket, type PathOf } from './logs.ts';
import { isGone, Member, type ToMember } from './member.ts';
import { closes, type Join, parseMessage, SUBJECTS } from './messages.ts';

export interface CoordinatorOptions {
  workers: number;
  /** Once one is lost, what the others do. */
  onLost: 'stop' | 'continue';
  /** How long to wait for workers to be there. */
  waitMs: number;
  /** How long to wait, at the end, for logs that do not come. */
  collectWithinMs: number;
  /** Where a worker on this machine keeps its logs, by its name. */
  keptBy?: ((name: string) => string) | undefined;
  onNote(note: string): void;
  clocks?: Clocks;
}

const POLL_MS = 200;
/** A poll that is later than this found this process standing still. */
const LATE_MS = 500;
/** A worker has opened its tabs by then. */
const READY_WITHIN_MS = 120_000;
/** How long before it the start is announced. */
const LEAD_MS = 2000;
/** Who has not answered by then is not waited for: the others can still be stopped before they dial. */
const START_TOLD_MS = 1500;
/** What closing handshakes and the ends of logs take at most, beyond the scenario. */
const END_WITHIN_MS = 15_000;

/** Has workers play a storm, and brings their logs together: one object for each storm. */
export class Coordinator {
  readonly #nats: NatsConnection;
  readonly #options: CoordinatorOptions;
  readonly #clocks: Clocks;
  readonly #storm = randomUUID();
  readonly #stop = new AbortController();
  #members: Member[] = [];
  #log: WriteLog<'faults'> = () => {};
  #startsAt = Number.NaN;
  #transfer: Promise<unknown> = Promise.resolve();
  #peak = 0;

  constructor(nats: NatsConnection, options: CoordinatorOptions) {
    this.#nats = nats;
    this.#options = options;
    this.#clocks = options.clocks ?? OWN_CLOCKS;
  }

  /**
   * Plays a plan with workers, as `run` does without. Its logs are in the run directory then, as far as they
   * could be had.
   *
   * @throws EnvironmentError where there are too few workers, or one refuses
   */
  async play(options: RunOptions): Promise<void> {
    const { scenario, directory } = options;
    const { workers, waitMs } = this.#options;
    const found = await findWorkers(this.#nats, workers, {
      withinMs: waitMs,
      signal: options.signal,
    });
    const bucket = await openBucket(this.#nats, this.#storm);
    this.#members = found.map((info, index) => {
      const worker = index + 1;
      const share = shareOf(scenario.clients.count, worker, workers);
      return new Member(this.#nats, this.#storm, { info, worker, share });
    });
    writeFleet(directory.path, {
      storm: this.#storm,
      workers: this.#members.map(({ worker, name }) => ({ worker, name })),
    });
    const signal = AbortSignal.any([options.signal, this.#stop.signal]);
    const stopWatching = this.#watch();
    const stopReporting = this.#report(options, signal);
    let closing: Subscription | undefined;
    try {
      await run({
        ...options,
        signal,
        part: {
          worker: null,
          workers,
          clients: [],
          ready: async (url, log, server) => {
            this.#log = log;
            closing = this.#passCloses(server.closeSessions.bind(server));
            return this.#ready(options, url, signal);
          },
          ended: () => this.#ended(scenario.settleMs, signal),
        },
      });
      // Its file is closed.
      this.#log = () => {};
      await this.#fetch(bucket, directory.path);
    } catch (error) {
      await this.#tellAll({ type: 'stop' });
      // Of a storm that did not begin, nothing is worth to be kept.
      if (Number.isNaN(this.#startsAt)) await bucket.destroy().catch(() => {});
      throw error;
    } finally {
      stopWatching();
      stopReporting();
      closing?.unsubscribe();
    }
  }

  /** All or nobody: each has its share, its clock is measured, and its tabs are open; then it is told when. */
  async #ready(options: RunOptions, url: string, signal: AbortSignal): Promise<number> {
    await this.#join(options, url);
    for (const member of this.#members) {
      const clock = await this.#measure(member);
      if (clock === null) throw new EnvironmentError(`${member.name} does not answer any more`);
      member.clock = clock;
      this.#log('worker_joined', {
        worker: member.worker,
        name: member.name,
        machine: member.info.machine,
        clients: member.share.clients,
        first_client: member.share.first,
        every: member.share.every,
        ...wallClock(clock),
      });
    }
    const epoch = this.#clocks.wall() - performance.now();
    await this.#requireAll((member) => ({
      type: 'open',
      epoch_ms: epoch - (member.clock as ClockOffset).monotonicMs,
    }));
    await this.#waitFor(
      ({ lost, status }) => lost !== null || status?.state === 'ready',
      AbortSignal.any([signal, AbortSignal.timeout(READY_WITHIN_MS)]),
    );
    this.#requireReady(signal);
    const startsAt = performance.now() + LEAD_MS;
    await this.#requireAll(
      (member) => ({
        type: 'start',
        at_ms: startsAt + (member.clock as ClockOffset).monotonicMs,
      }),
      START_TOLD_MS,
    );
    if (performance.now() > startsAt)
      throw new EnvironmentError('the start could not be told in time');
    this.#startsAt = startsAt;
    return startsAt;
  }

  async #join({ scenario, text, plan, prepared }: RunOptions, url: string): Promise<void> {
    const { target } = scenario;
    const join = (worker: number): Omit<Join, 'storm'> => ({
      type: 'join',
      wsdiag_version: WSDIAG_VERSION,
      worker,
      workers: this.#members.length,
      seed: plan.seed,
      scenario: text,
      url: prepared ? null : url,
      variables: { ...prepared?.variables },
      files: target?.ca && prepared?.server.ca ? { [target.ca]: prepared.server.ca } : {},
      max_dials_per_second: prepared?.server.maxDialsPerSecond ?? null,
    });
    await this.#requireAll(({ worker }) => join(worker));
  }

  /** @throws EnvironmentError with the reason of each that does not do it */
  async #requireAll(message: (member: Member) => ToMember, withinMs?: number): Promise<void> {
    const refusals = await Promise.all(
      this.#members.map(async (member) => {
        const refused = await member
          .tell(message(member), withinMs)
          .catch((error: Error) => `does not answer: ${error.message}`);
        return refused === null ? [] : [`${member.name}: ${refused}`];
      }),
    );
    const [first, ...more] = refusals.flat();
    if (first !== undefined) throw new EnvironmentError([first, ...more].join('\n'));
  }

  #requireReady(signal: AbortSignal): void {
    const others = this.#members.filter(
      ({ lost, status }) => lost !== null || status?.state !== 'ready',
    );
    if (others.length === 0) return;
    if (signal.aborted && others.every(({ lost }) => lost === null)) {
      throw new EnvironmentError('interrupted before it began');
    }
    const told = others.map(
      ({ name, lost, status }) => `${name} ${lost ?? 'was not ready'}: ${status?.error ?? ''}`,
    );
    throw new EnvironmentError(
      `the storm was not begun, for not all are ready: ${told.join(', ')}`,
    );
  }

  /** The plan is over, or the signal came: once all have ended, or could have, the server may go. */
  async #ended(settleMs: number, signal: AbortSignal): Promise<void> {
    await this.#tellAll({ type: signal.aborted ? 'stop' : 'calm' });
    // NATS may be away for a while, and nobody is to play on then.
    const stopping = setInterval(() => {
      if (signal.aborted) void this.#tellAll({ type: 'stop' });
    }, POLL_MS);
    await this.#waitFor(({ isOver }) => isOver, AbortSignal.timeout(settleMs + END_WITHIN_MS));
    clearInterval(stopping);
    for (const member of this.#members) {
      if (!member.isOver) this.#lose(member, 'silent');
      if (member.lost !== null) continue;
      const clock = await this.#measure(member);
      this.#log('worker_left', {
        worker: member.worker,
        ...(clock ? wallClock(clock) : { clock_offset_ms: null, clock_error_ms: null }),
      });
    }
  }

  async #fetch(bucket: ObjectStore, directory: string): Promise<void> {
    const deadline = performance.now() + this.#options.collectWithinMs;
    // Side by side, or one that is away would take the time of another that is coming back.
    const isThere = await Promise.all(
      this.#members.map(async (member) => {
        const pathOf = logsIn(directory, member.worker);
        const isFetched = await this.#fetchFrom(member, bucket, pathOf, deadline);
        member.leave();
        return isFetched || this.#copyKept(member, pathOf);
      }),
    );
    const missing = this.#members.filter((_, index) => !isThere[index]);
    if (missing.length === 0) {
      await bucket.destroy().catch(() => {});
      return;
    }
    const names = missing.map(({ name }) => name).join(', ');
    this.#options.onNote(
      `logs of ${names} are not here; once they can be had: wsdiag collect ${directory}`,
    );
  }

  async #fetchFrom(
    member: Member,
    bucket: ObjectStore,
    pathOf: PathOf,
    deadline: number,
  ): Promise<boolean> {
    let [parts, partsAt] = [0, performance.now()];
    for (;;) {
      try {
        // One that was out of reach may have sent them by itself, and be free again.
        const refused = await member.tell({ type: 'send' });
        if (refused === null) await member.ping();
        const isSent = refused !== null || member.status?.state === 'sent';
        if (isSent && (await this.#alone(() => fetchLogs(bucket, member.worker, pathOf)))) {
          if (refused === null) await member.tell({ type: 'done' });
          return true;
        }
        if (refused !== null) return false;
      } catch (error) {
        if (error instanceof EnvironmentError) this.#options.onNote(error.message);
        // A worker whose process has ended sends nothing any more.
        if (error instanceof EnvironmentError || isGone(error)) return false;
      }
      const sent = member.status?.sent_parts ?? 0;
      if (sent !== parts) [parts, partsAt] = [sent, performance.now()];
      const isStuck = performance.now() - partsAt > this.#options.collectWithinMs;
      if (isStuck || (member.isInTrouble && performance.now() > deadline)) return false;
      await sleep(POLL_MS);
    }
  }

  /** One transfer at a time, for each has a part of a log in memory. */
  #alone(transfer: () => Promise<boolean>): Promise<boolean> {
    const next = this.#transfer.then(transfer, transfer);
    this.#transfer = next;
    return next;
  }

  /** What a worker on this machine has logged, as far as it came. */
  #copyKept({ name, worker }: Member, pathOf: PathOf): boolean {
    const { keptBy } = this.#options;
    if (!keptBy) return false;
    const kept = runDirectoryAt(keptDirectory(keptBy(name), this.#storm, worker));
    return LOGS.every((log) => {
      const isThere = fs.existsSync(kept[log]);
      if (isThere) fs.copyFileSync(kept[log], pathOf(log));
      return isThere;
    });
  }

  /** What a world's server alone can do. */
  #passCloses(close: (ids: string[], code: number, reason: string) => void): Subscription {
    return this.#nats.subscribe(SUBJECTS.closes(this.#storm), {
      callback: (error, { data }) => {
        if (error) return;
        try {
          const { session_ids, code, reason } = parseMessage(closes, data);
          close(session_ids, code, reason);
        } catch {
          // None of ours.
        }
      },
    });
  }

  async #measure(member: Member): Promise<ClockOffset | null> {
    return measureClock(this.#nats, member.info.id, this.#clocks).catch(() => null);
  }

  async #tellAll(message: ToMember): Promise<void> {
    await Promise.all(this.#members.map((member) => member.tell(message).catch(() => {})));
  }

  /** Until it holds for each that can be heard. */
  async #waitFor(holds: (member: Member) => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#members.every((member) => member.isAway || holds(member))) return;
      await sleep(POLL_MS / 4);
    }
  }

  #watch(): () => void {
    let looked = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const late = now - looked - POLL_MS;
      looked = now;
      for (const member of this.#members) {
        if (late > LATE_MS) member.forgive(late);
        if (!member.hasJoined) continue;
        void member.ping().then((reason) => reason && this.#lose(member, reason));
      }
    }, POLL_MS);
    return () => clearInterval(timer);
  }

  #lose(member: Member, reason: WorkerLostReason): void {
    if (member.lost !== null) return;
    member.lost = reason;
    const { error } = member.status ?? {};
    this.#log('worker_lost', {
      worker: member.worker,
      reason,
      ...(reason === 'failed' && error && { error }),
    });
    const why = reason === 'failed' ? `failed: ${error}` : `is ${reason}`;
    const others = this.#options.onLost === 'stop' ? 'the others stop' : 'the others go on';
    this.#options.onNote(`worker ${member.worker} (${member.name}) ${why}; ${others}`);
    if (this.#options.onLost === 'stop') this.#stop.abort();
  }

  #report({ scenario, onProgress }: RunOptions, signal: AbortSignal): () => void {
    const timer = setInterval(() => {
      if (Number.isNaN(this.#startsAt)) return;
      const elapsedMs = Math.max(0, performance.now() - this.#startsAt);
      const sum = (of: 'tabs' | 'connected' | 'attempts' | 'losses' | 'attempts_per_second') =>
        this.#members.reduce((total, { status }) => total + (status?.[of] ?? 0), 0);
      const attemptsPerSecond = sum('attempts_per_second');
      this.#peak = Math.max(this.#peak, attemptsPerSecond);
      const isRunning = elapsedMs < scenario.durationMs;
      onProgress?.({
        phase: signal.aborted ? 'stopping' : isRunning ? 'running' : 'settling',
        elapsedMs,
        totalMs: scenario.durationMs,
        tabs: sum('tabs'),
        connected: sum('connected'),
        attempts: sum('attempts'),
        losses: sum('losses'),
        attemptsPerSecond,
        peakAttemptsPerSecond: this.#peak,
      });
    }, TICK_MS);
    return () => clearInterval(timer);
  }
}

const wallClock = ({ wallMs, errorMs }: ClockOffset) => ({
  clock_offset_ms: rounded(wallMs),
  clock_error_ms: rounded(errorMs + WALL_STEP_MS),
});

const rounded = (ms: number): number => Math.round(ms * 100) / 100;
