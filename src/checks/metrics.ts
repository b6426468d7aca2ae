import type { Metrics } from '../core/metrics.ts';
import type { LogName, LogRecord } from '../core/records.ts';
import { countOverTime, peakPerSecond } from './attempt-rate.ts';
import { Losses } from './losses.ts';

/** Folds over the records of all logs. */
export interface MetricsFold {
  onRecord(record: LogRecord): void;
  finish(): Metrics;
}

/** The numbers of a run. What only a log that is not there could tell is null. */
export function createMetrics(logs: ReadonlySet<LogName>): MetricsFold {
  const client = new LogCounts();
  const server = new LogCounts();
  const losses = new Losses();
  const attemptTimes: number[] = [];
  const ofClient = <T>(value: T) => (logs.has('client') ? value : null);
  const ofServer = <T>(value: T) => (logs.has('server') ? value : null);

  function onRecord(record: LogRecord): void {
    if (record.log === 'server') server.onRecord(record);
    if (record.log !== 'client') return;
    client.onRecord(record);
    losses.onRecord(record);
    if (record.event === 'connection_attempt') attemptTimes.push(record.time);
  }

  function finish(): Metrics {
    const times = Float64Array.from(attemptTimes).sort();
    const recoveries = Float64Array.from(losses.recoveries).sort();
    return {
      sessions: ofClient(client.sessions.size) ?? ofServer(server.sessions.size),
      attempts: ofClient(client.attempts),
      // A server log may have closes only, each of a connection that it had welcomed.
      welcomed: ofClient(client.opened) ?? ofServer(server.opened || server.closed),
      failed_attempts: ofClient(client.failed),
      losses: ofClient(losses.total),
      unrecovered_sessions: ofClient(losses.unrecovered.size),
      recovery_p50: nearestRank(recoveries, 0.5),
      recovery_p95: nearestRank(recoveries, 0.95),
      recovery_p99: nearestRank(recoveries, 0.99),
      recovery_max: nearestRank(recoveries, 1),
      peak_attempts_per_second: ofClient(peakPerSecond(times)),
      peak_sessions_down: ofClient(losses.peakDown),
      rejected_handshakes: ofServer(server.rejected),
      sequence_max: larger(client.sequenceMax, server.sequenceMax),
      event_loop_delay_p99: larger(client.eventLoopDelay, server.eventLoopDelay),
      close_codes: { client: client.codes(), server: server.codes() },
      event_loop_delay_p99_by_process: {
        client: client.eventLoopDelay,
        server: server.eventLoopDelay,
      },
      attempts_over_time: countOverTime(times),
    };
  }

  return { onRecord, finish };
}

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
  readonly sessions = new Set<string>();
  readonly #closeCodes = new Map<number, number>();

  onRecord({ event, session_id, connection_sequence, fields }: LogRecord): void {
    if (event.startsWith('connection_')) {
      this.sequenceMax = larger(this.sequenceMax, connection_sequence);
      if (session_id !== undefined) this.sessions.add(session_id);
    }
    if (event === 'connection_attempt') this.attempts += 1;
    else if (event === 'connection_opened') this.opened += 1;
    else if (event === 'connection_failed') this.failed += 1;
    else if (event === 'connection_closed') this.#onClosed(fields.close_code);
    else if (event === 'handshake_rejected') this.rejected += 1;
    else if (event.endsWith('_stopped')) {
      this.eventLoopDelay = larger(this.eventLoopDelay, fields.event_loop_delay_p99_ms);
    }
  }

  codes(): Record<string, number> {
    return Object.fromEntries([...this.#closeCodes].sort(([one], [other]) => one - other));
  }

  #onClosed(code: unknown): void {
    this.closed += 1;
    if (typeof code !== 'number') return;
    this.#closeCodes.set(code, (this.#closeCodes.get(code) ?? 0) + 1);
  }
}

/** The value that `share` of all values do not exceed (nearest rank: always one of them). */
function nearestRank(ascending: Float64Array, share: number): number | null {
  return ascending[Math.ceil(share * ascending.length) - 1] ?? null;
}

/** The larger of what is a number; null where nothing is. */
function larger(one: number | null, other: unknown): number | null {
  if (typeof other !== 'number') return one;
  return one === null ? other : Math.max(one, other);
}
