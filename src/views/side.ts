import type { LogName } from '../core/records.ts';
import { ENDS, type Picture } from '../model/chart-data.ts';
import { durationOf, type LogRecord } from '../model/record.ts';
import { TimeCounts } from '../model/time-counts.ts';
import { type Connection, type Lane, LanesFold } from './lanes.ts';
import { RateFold } from './rate.ts';
import { RecoveriesFold } from './recoveries.ts';

/** How the client's end of a connection is told by the page that goes. */
const UNLOADS = new Map<unknown, number>([
  ['reload', ENDS.reloaded],
  ['close', ENDS.tab_closed],
  ['end', ENDS.run_ended],
]);

type Drawn = Omit<Picture, 'side' | 'faults'>;

/** One log's story: the client's or the server's. */
export class Side {
  readonly #log: LogName;
  readonly #lanes: LanesFold;
  readonly #rate = new RateFold();
  readonly #recoveries = new RecoveriesFold();
  /** By how much the number of connected sessions changes. */
  readonly #changes = new TimeCounts(1);
  /** The newest line of each log, however many files it has. */
  readonly #lastTimes = new Map<number, number>();
  /** Connections that are open, and the log that tells of them. */
  readonly #open = new Map<Connection, { lane: Lane; stream: number }>();
  /** What each event means to its session's lane. */
  readonly #steps = new Map<string, (lane: Lane, record: LogRecord) => void>([
    ['connection_attempt', (lane, record) => this.#attempted(lane, record)],
    ['connection_opened', (lane, record) => this.#opened(lane, record)],
    ['connection_failed', (lane, record) => this.#failed(lane, record)],
    ['handshake_rejected', (lane, record) => this.#failed(lane, record)],
    ['connection_closed', (lane, record) => this.#closed(lane, record)],
    ['document_unloaded', (lane, record) => this.#unloaded(lane, record)],
  ]);
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  constructor(log: LogName, first: ReadonlySet<string>) {
    this.#log = log;
    this.#lanes = new LanesFold(first);
  }

  get isEmpty(): boolean {
    return this.#lanes.sessions === 0;
  }

  onRecord(record: LogRecord): void {
    const { event, time, stream = 0, session_id } = record;
    if (event === 'server_started') this.#killed(stream);
    this.#lastTimes.set(stream, time);
    this.#seen(time);
    if (event === 'handshake_rejected') this.#rate.attempts.add(time);
    if (session_id === undefined) return;
    if (this.#log === 'client') this.#recoveries.onRecord(record);
    this.#steps.get(event)?.(this.#lanes.of(session_id), record);
  }

  finish(): Drawn {
    const startMs = Number.isFinite(this.#firstMs) ? this.#firstMs : 0;
    const duration_ms = Math.max(0, this.#lastMs - startMs);
    return {
      started_at_ms: startMs,
      duration_ms,
      sessions: this.#lanes.sessions,
      rate: this.#rate.finish(startMs, duration_ms),
      connected: this.#connected(startMs),
      recoveries: this.#recoveries.finish(),
      lanes: this.#lanes.finish(startMs),
    };
  }

  #attempted(lane: Lane, { time, connection_sequence }: LogRecord): void {
    this.#rate.attempts.add(time);
    this.#lanes.add(lane, connection_sequence, { attempted: time });
  }

  #opened(lane: Lane, { time, connection_sequence, stream = 0 }: LogRecord): void {
    this.#rate.welcomes.add(time);
    // The server knows of no attempt but those that reach it.
    if (this.#log === 'server') this.#rate.attempts.add(time);
    const begun = unended(lane, connection_sequence);
    // A number that is used again while its connection is open is that of another one.
    const connection =
      begun && !this.#open.has(begun) ? begun : this.#lanes.add(lane, connection_sequence, {});
    connection.opened = time;
    this.#open.set(connection, { lane, stream });
    lane.open += 1;
    if (lane.open === 1) this.#changes.add(time, 1);
  }

  #failed(lane: Lane, { time, connection_sequence }: LogRecord): void {
    lane.troubles += 1;
    const connection =
      unended(lane, connection_sequence) ??
      this.#lanes.add(lane, connection_sequence, { attempted: time });
    this.#end(connection, time, ENDS.failed);
  }

  #closed(lane: Lane, { time, connection_sequence, fields }: LogRecord): void {
    lane.troubles += 1;
    const { close_code } = fields;
    const duration = durationOf(fields.duration_seconds);
    const connection =
      unended(lane, connection_sequence) ?? this.#lanes.add(lane, connection_sequence, {});
    if (Number.isNaN(connection.opened) && !Number.isNaN(duration)) {
      // A log of closes alone tells of a beginning by its end.
      connection.opened = time - duration * 1000;
      this.#seen(connection.opened);
      this.#changes.add(connection.opened, 1);
      this.#changes.add(time, -1);
    }
    this.#end(connection, time, typeof close_code === 'number' ? close_code : ENDS.untold);
  }

  #unloaded(lane: Lane, { time, connection_sequence, fields }: LogRecord): void {
    const { reason } = fields;
    const connection =
      connection_sequence === undefined ? undefined : unended(lane, connection_sequence);
    if (connection) {
      this.#end(connection, time, UNLOADS.get(reason) ?? ENDS.untold);
    }
    if (reason === 'end' && (!connection || Number.isNaN(connection.opened))) lane.lost = true;
  }

  #end(connection: Connection, time: number, end: number): void {
    connection.ended = time;
    connection.end = end;
    const open = this.#open.get(connection);
    if (!open) return;
    this.#open.delete(connection);
    open.lane.open -= 1;
    if (open.lane.open === 0) this.#changes.add(time, -1);
  }

  /** A log that begins again: whatever was open ended with its process, which could not say so. */
  #killed(stream: number): void {
    const lastTime = this.#lastTimes.get(stream);
    if (lastTime === undefined) return;
    for (const [connection, open] of this.#open) {
      if (open.stream === stream) this.#end(connection, lastTime, ENDS.untold);
    }
  }

  #seen(time: number): void {
    this.#firstMs = Math.min(this.#firstMs, time);
    this.#lastMs = Math.max(this.#lastMs, time);
  }

  #connected(startMs: number): Picture['connected'] {
    let sessions = 0;
    const steps = this.#changes.entries().map(([timeMs, change]) => {
      sessions += change;
      return { time: Math.max(0, timeMs - startMs), sessions };
    });
    return {
      time_ms: steps.map(({ time }) => time),
      sessions: steps.map((step) => step.sessions),
    };
  }
}

/** The newest connection or attempt with that number that has not ended. */
function unended(lane: Lane, sequence: number | undefined): Connection | undefined {
  return lane.connections
    .slice(-8)
    .findLast((one) => one.sequence === (sequence ?? 0) && Number.isNaN(one.ended));
}
