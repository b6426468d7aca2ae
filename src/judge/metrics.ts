import type { Metrics } from '../model/metrics.ts';
import type { Row } from '../model/record.ts';
import { capacityFor, FIRST_CAPACITY, grown } from '../model/session-tables.ts';
import { AttemptRate } from './attempt-rate.ts';
import type { Facts } from './facts.ts';
import { Losses } from './losses.ts';

/** Folds over the rows of all logs. */
export interface MetricsFold {
  onRow(row: Row): void;
  finish(): Metrics;
}

/** The numbers of a run. What only a log that is not there could tell is null. */
export function createMetrics(facts: Facts): MetricsFold {
  const client = new LogCounts();
  const server = new LogCounts();
  const losses = new Losses();
  const rate = new AttemptRate();
  const { logs } = facts;
  // Where only the server tells of connections, the client's log is as good as not there.
  const isClientSilent = () => client.sessions === 0 && server.sessions > 0;
  const ofClient = <T>(value: T) => (logs.has('client') && !isClientSilent() ? value : null);
  const ofServer = <T>(value: T) => (logs.has('server') ? value : null);

  function onRow(row: Row): void {
    if (row.log === 'server') server.onRow(row);
    if (row.log !== 'client') return;
    client.onRow(row);
    losses.onRow(row);
    if (row.event === 'connection_attempt') rate.add(row.time);
  }

  function finish(): Metrics {
    const attempts = rate.finish();
    const { attempts: dials, opened, closed, failed } = client;
    const lacksAttempts = dials === 0 && opened + closed + failed > 0;
    const ofAttempts = <T>(value: T) => (lacksAttempts ? null : ofClient(value));
    const recoveries = new Quantiles(losses.recoveriesMs);
    return {
      sessions: ofClient(client.sessions) ?? ofServer(server.sessions),
      attempts: ofAttempts(client.attempts),
      // Some have closes only, each of a connection that was welcomed.
      welcomed:
        ofClient(client.opened + (facts.clientOpens ? 0 : client.closed)) ??
        ofServer(server.opened + facts.closesAlone('server').closed),
      failed_attempts: failed > 0 ? failed : ofAttempts(0),
      losses: ofClient(losses.total),
      unrecovered_sessions: ofClient(losses.unrecovered.size),
      recovery_p50: recoveries.nearestRank(0.5),
      recovery_p95: recoveries.nearestRank(0.95),
      recovery_p99: recoveries.nearestRank(0.99),
      recovery_max: recoveries.nearestRank(1),
      peak_attempts_per_second: ofAttempts(attempts.peakPerSecond),
      peak_sessions_down: ofClient(losses.peakDown),
      rejected_handshakes: ofServer(server.rejected),
      sequence_max: larger(client.sequenceMax, server.sequenceMax),
      event_loop_delay_p99: larger(client.eventLoopDelay, server.eventLoopDelay),
      close_codes: { client: client.codes(), server: server.codes() },
      event_loop_delay_p99_by_process: {
        client: client.eventLoopDelay,
        server: server.eventLoopDelay,
      },
      attempts_over_time: attempts.overTime,
    };
  }

  return { onRow, finish };
}

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
  sessions = 0;
  #isCounted = new Uint8Array(FIRST_CAPACITY);
  /** How often each came. */
  readonly #closeCodes = new Uint32Array(MAX_CLOSE_CODE + 1);
  readonly #otherCodes = new Map<number, number>();

  onRow(row: Row): void {
    const { event } = row;
    if (event === 'connection_closed') this.#onClosed(row);
    else if (event === 'connection_opened') this.opened += 1;
    else if (event === 'connection_attempt') this.attempts += 1;
    else if (event === 'connection_failed') this.failed += 1;
    else {
      this.#onOther(event, row);
      return;
    }
    this.#onConnection(row);
  }

  codes(): Record<string, number> {
    const counted = [...this.#closeCodes.entries()].filter(([, count]) => count > 0);
    return Object.fromEntries([...counted, ...this.#otherCodes]);
  }

  #onConnection({ session, connection_sequence: number }: Row): void {
    if (number > (this.sequenceMax ?? 0)) this.sequenceMax = number;
    if (session < 0 || this.#isCounted[session] === 1) return;
    if (session >= this.#isCounted.length)
      this.#isCounted = grown(this.#isCounted, capacityFor(session + 1));
    this.#isCounted[session] = 1;
    this.sessions += 1;
  }

  #onClosed({ close_code: code }: Row): void {
    this.closed += 1;
    if (code > MAX_CLOSE_CODE) this.#otherCodes.set(code, (this.#otherCodes.get(code) ?? 0) + 1);
    else if (code !== 0) (this.#closeCodes[code] as number)++;
  }

  #onOther(event: string, { record }: Row): void {
    if (event === 'handshake_rejected') this.rejected += 1;
    else if (event.endsWith('_stopped')) {
      this.eventLoopDelay = larger(this.eventLoopDelay, record?.fields.event_loop_delay_p99_ms);
    }
  }
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
function larger(one: number | null, other: unknown): number | null {
  if (typeof other !== 'number') return one;
  return one === null ? other : Math.max(one, other);
}
