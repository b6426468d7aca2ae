import { Losses } from '../model/losses.ts';
import { type MetricName, type Metrics, percentileOf } from '../model/metrics.ts';
import { EVENT, LOGS, type ProcessNote, type Rows } from '../model/rows.ts';
import type { Activity } from './activity/activity.ts';
import { msOfPlace } from './activity/scales.ts';
import type { Counts } from './activity/tally.ts';
import { AttemptRate, NO_RATE, type OverTime } from './attempt-rate.ts';
import type { Facts } from './facts.ts';
import type { FileFacts } from './facts-fold.ts';

/** Sessions with connections, by the log that has them. */
export interface SessionCounts {
  server: number;
  client: number;
}

/** The numbers of a run: folds over the rows of all logs. What only a log that is not there could tell is null. */
export class MetricsFold {
  readonly #files: readonly { log: number; clock: number }[];
  readonly #client = new LogCounts();
  readonly #server = new LogCounts();
  readonly #losses: Losses;
  readonly #clientRate: ClockRate;
  readonly #serverRate = new ClockRate();

  constructor(files: readonly FileFacts[]) {
    this.#files = files.map(({ log, stream, clock = stream }) => ({
      log: LOGS.indexOf(log),
      clock,
    }));
    const shareClock = haveSharedClock(files.filter(({ log }) => log === 'client'));
    this.#losses = new Losses(shareClock);
    this.#clientRate = new ClockRate(!shareClock);
  }

  onRow(rows: Rows, row: number, note: ProcessNote | undefined): void {
    const { log, clock } = this.#files[rows.file(row)] as { log: number; clock: number };
    const event = rows.event(row);
    if (log === 0) {
      this.#server.onRow(rows, row, note);
      if (event === EVENT.connection_opened || event === EVENT.handshake_rejected) {
        this.#serverRate.add(rows.time(row), clock);
      }
    }
    if (log !== 1) return;
    this.#client.onRow(rows, row, note);
    this.#losses.onRow(rows, row, clock);
    if (event === EVENT.connection_attempt) this.#clientRate.add(rows.time(row), clock);
  }

  /** @param asked metrics that are asked for: of these, any percentile */
  finish(
    facts: Facts,
    sessions: SessionCounts,
    activity: Activity,
    asked: readonly MetricName[] = [],
  ): Metrics {
    const client = this.#client;
    const server = this.#server;
    const { logs } = facts;
    // Where only the server tells of connections, the client's log is as good as not there.
    const isClientSilent = sessions.client === 0 && sessions.server > 0;
    const ofClient = <T>(value: T) => (logs.has('client') && !isClientSilent ? value : null);
    const ofServer = <T>(value: T) => (logs.has('server') ? value : null);
    const { attempts, opened, closed, failed } = client;
    const lacksAttempts = attempts === 0 && opened + closed + failed > 0;
    const ofAttempts = <T>(value: T) => (lacksAttempts ? null : ofClient(value));
    const isClients = logs.has('client') && !isClientSilent;
    const rate = isClients ? this.#clientRate.finish() : this.#serverRate.finish();
    const recoveriesOfServer = facts.isOneNode ? NO_TIMES : countsOf(activity.recoveries);
    const recoveries = new Quantiles(isClients ? this.#losses.recoveriesMs : recoveriesOfServer);
    const hasSessions = activity.connections > 0;
    const ofSessions = (value: number | null) => (hasSessions ? value : null);
    const ofOneClock = (value: number) => (facts.grid && hasSessions ? value : null);
    const down = (value: number) => (facts.isOneNode ? null : ofOneClock(value));
    return {
      sessions: ofClient(sessions.client) ?? ofServer(sessions.server),
      attempts: ofAttempts(attempts),
      // Some have closes only, each of a connection that was welcomed.
      welcomed:
        ofClient(opened + (facts.clientOpens ? 0 : closed)) ??
        ofServer(server.opened + facts.closesAlone('server').closed),
      failed_attempts: failed > 0 ? failed : ofAttempts(0),
      losses: ofClient(this.#losses.total) ?? ofSessions(activity.losses),
      unrecovered_sessions: ofClient(this.#losses.unrecovered),
      given_up_sessions: ofClient(this.#losses.givenUp),
      recovery_p50: recoveries.nearestRank(0.5),
      recovery_p95: recoveries.nearestRank(0.95),
      recovery_p99: recoveries.nearestRank(0.99),
      recovery_max: recoveries.nearestRank(1),
      ...Object.fromEntries(
        asked
          .map((metric) => [metric, percentileOf(metric)] as const)
          .flatMap(([metric, share]) =>
            share === undefined ? [] : [[metric, recoveries.nearestRank(share)] as const],
          ),
      ),
      peak_attempts_per_second: isClients
        ? ofAttempts(rate.peakPerSecond)
        : server.opened + server.rejected > 0
          ? rate.peakPerSecond
          : null,
      peak_sessions_down: isClients ? this.#losses.peakDown : down(activity.peakDown),
      reconnects: ofSessions(activity.reconnects),
      reconnects_max: ofSessions(activity.reconnectsMax),
      flapping_sessions: ofSessions(activity.flapping.sessions),
      peak_connections: ofOneClock(activity.peakConnected),
      connections_of_session_max: activity.atOnceMax,
      rejected_handshakes: ofServer(server.rejected),
      sequence_max: larger(client.sequenceMax, server.sequenceMax),
      event_loop_delay_p99: larger(client.eventLoopDelay, server.eventLoopDelay),
      close_codes: { client: client.codes(), server: server.codes() },
      event_loop_delay_p99_by_process: {
        client: client.eventLoopDelay,
        server: server.eventLoopDelay,
      },
      attempts_over_time: rate.overTime,
    };
  }
}

const NO_TIMES: ReadonlyMap<number, number> = new Map();

/** Highest close code that RFC 6455 has a use for. */
const MAX_CLOSE_CODE = 4999;

/** What one log counts by itself. */
class LogCounts {
  attempts = 0;
  opened = 0;
  failed = 0;
  closed = 0;
  rejected = 0;
  sequenceMax: number | null = null;
  /** Milliseconds; the longest where the process ran more than once. */
  eventLoopDelay: number | null = null;
  /** How often each came. */
  readonly #closeCodes = new Uint32Array(MAX_CLOSE_CODE + 1);
  readonly #otherCodes = new Map<number, number>();

  onRow(rows: Rows, row: number, note: ProcessNote | undefined): void {
    const event = rows.event(row);
    if (event === EVENT.connection_closed) this.#onClosed(rows.code(row));
    else if (event === EVENT.connection_opened) this.opened += 1;
    else if (event === EVENT.connection_attempt) this.attempts += 1;
    else if (event === EVENT.connection_failed) this.failed += 1;
    else {
      if (event === EVENT.handshake_rejected) this.rejected += 1;
      this.eventLoopDelay = larger(this.eventLoopDelay, note?.event_loop_delay_p99_ms ?? null);
      return;
    }
    const number = rows.sequence(row);
    if (number > (this.sequenceMax ?? 0)) this.sequenceMax = number;
  }

  codes(): Record<string, number> {
    const counted = new Map(this.#otherCodes);
    this.#closeCodes.forEach((count, code) => {
      if (count > 0) counted.set(code, count);
    });
    return Object.fromEntries(counted);
  }

  #onClosed(code: number): void {
    this.closed += 1;
    if (code > MAX_CLOSE_CODE) this.#otherCodes.set(code, (this.#otherCodes.get(code) ?? 0) + 1);
    else if (code !== 0) (this.#closeCodes[code] as number)++;
  }
}

/** Whether logs are read one after the other that tell times by one clock. */
const haveSharedClock = (files: readonly FileFacts[]): boolean =>
  files.some(({ stream, clock = stream }) => clock !== stream);

/** The rate by one clock: there is none by several, which are not compared. */
class ClockRate {
  readonly #rate: AttemptRate;
  #clock = -1;
  #areSeveral = false;

  constructor(areInOrder = true) {
    this.#rate = new AttemptRate({ areInOrder });
  }

  add(time: number, clock: number): void {
    if (clock !== this.#clock) {
      this.#areSeveral ||= this.#clock >= 0;
      this.#clock = clock;
    }
    if (!this.#areSeveral) this.#rate.add(time);
  }

  finish(): { peakPerSecond: number | null; overTime: OverTime } {
    return this.#areSeveral ? { peakPerSecond: null, overTime: NO_RATE } : this.#rate.finish();
  }
}

/** How often milliseconds came, by their places. */
function countsOf({ from, counts }: Counts): Map<number, number> {
  const byMs = new Map<number, number>();
  counts.forEach((count, at) => {
    if (count > 0) byMs.set(msOfPlace(from + at), count);
  });
  return byMs;
}

/** Of durations in whole milliseconds, by how often each came; told in seconds. */
class Quantiles {
  readonly #counts: [ms: number, count: number][];
  readonly #total: number;

  constructor(counts: ReadonlyMap<number, number>) {
    this.#counts = [...counts].sort(([one], [other]) => one - other);
    this.#total = this.#counts.reduce((sum, [, count]) => sum + count, 0);
  }

  /** The value that `share` of all values do not exceed (nearest rank: always one of them). */
  nearestRank(share: number): number | null {
    let rank = Math.ceil(share * this.#total);
    for (const [ms, count] of this.#counts) {
      rank -= count;
      if (rank <= 0) return ms / 1000;
    }
    return null;
  }
}

/** The larger of what is a number; null where nothing is. */
function larger(one: number | null, other: number | null): number | null {
  if (other === null) return one;
  return one === null ? other : Math.max(one, other);
}
