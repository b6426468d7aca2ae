import { type ChartData, ENDS } from '../model/chart-data.ts';
import type { IdTable } from '../model/id-table.ts';
import { Losses } from '../model/losses.ts';
import { EVENT, placeOf, type Rows, UNLOAD_REASONS } from '../model/rows.ts';
import { TimeCounts } from '../model/time-counts.ts';
import { type DrawnLanes, type Lane, type LaneConnection, LanesFold } from './lanes.ts';
import { RateFold } from './rate.ts';
import { recoveriesIn } from './recoveries.ts';

/** How the client's end of a connection is told by the page that goes. */
const UNLOADS: Record<(typeof UNLOAD_REASONS)[number], number> = {
  '': ENDS.untold,
  reload: ENDS.reloaded,
  close: ENDS.tab_closed,
  end: ENDS.run_ended,
  navigate: ENDS.page_left,
  bfcache: ENDS.page_left,
  discard: ENDS.page_left,
  pagehide: ENDS.page_left,
  vanished: ENDS.page_left,
  'gave-up': ENDS.untold,
  other: ENDS.untold,
};

type Drawn = Omit<ChartData, 'side' | 'faults' | 'lanes'> & { lanes: DrawnLanes };

/** What is drawn of the logs of one kind: the clients' or the servers'. */
export class LogCharts {
  readonly #log: 'client' | 'server';
  readonly #lanes: LanesFold;
  readonly #rate = new RateFold();
  readonly #losses = new Losses();
  /** By how much the number of connected sessions changes. */
  readonly #changes = new TimeCounts(1);
  /** The newest line of each log, however many files it has. */
  readonly #lastTimes = new Map<number, number>();
  /** Connections that are open, and the log that tells of them. */
  readonly #open = new Map<LaneConnection, { lane: Lane; stream: number }>();
  #firstMs = Number.POSITIVE_INFINITY;
  #lastMs = Number.NEGATIVE_INFINITY;

  /** @param first sessions whose lanes come first */
  constructor(log: 'client' | 'server', first: IdTable) {
    this.#log = log;
    this.#lanes = new LanesFold(first);
  }

  get isEmpty(): boolean {
    return this.#lanes.sessions === 0;
  }

  onRow(rows: Rows, row: number, stream: number): void {
    const time = rows.time(row);
    const event = rows.event(row);
    if (event === EVENT.server_started) this.#killed(stream);
    this.#lastTimes.set(stream, time);
    this.#seen(time);
    if (event === EVENT.handshake_rejected) this.#rate.attempts.add(time);
    if (!rows.hasSession(row)) return;
    if (this.#log === 'client') this.#losses.onRow(rows, row);
    const number = rows.sequence(row);
    // A log in which no session has more than its pages draws nothing: the other side's has more to show.
    const lane = () => this.#lanes.of(rows, row);
    switch (event) {
      case EVENT.connection_attempt:
        this.#attempted(lane(), number, time);
        break;
      case EVENT.connection_opened:
        this.#opened(lane(), number, time, stream);
        break;
      case EVENT.connection_failed:
      case EVENT.handshake_rejected:
        this.#failed(lane(), number, rows, row);
        break;
      case EVENT.connection_closed:
        this.#closed(lane(), rows, row);
        break;
      case EVENT.document_unloaded:
        this.#unloaded(lane(), rows, row);
        break;
      case EVENT.sequence_advanced:
        this.#endAll(lane(), time, 1);
        break;
      // It may be the only line that names the session.
      case EVENT.connection_named:
        lane();
    }
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
      recoveries: recoveriesIn(this.#losses.recoveriesMs),
      lanes: this.#lanes.finish(startMs),
    };
  }

  #attempted(lane: Lane, number: number, time: number): void {
    this.#rate.attempts.add(time);
    this.#lanes.add(lane, number, { attempted: time });
  }

  #opened(lane: Lane, number: number, time: number, stream: number): void {
    this.#rate.welcomes.add(time);
    // The server knows of no attempt but those that reach it.
    if (this.#log === 'server') this.#rate.attempts.add(time);
    const begun = unended(lane, number);
    // A number that is used again while its connection is open is that of another one.
    const connection = begun && !this.#open.has(begun) ? begun : this.#lanes.add(lane, number, {});
    connection.opened = time;
    this.#open.set(connection, { lane, stream });
    lane.open += 1;
    if (lane.open === 1) this.#changes.add(time, 1);
  }

  #failed(lane: Lane, number: number, rows: Rows, row: number): void {
    lane.troubles += 1;
    const time = rows.time(row);
    const connection = unended(lane, number) ?? this.#lanes.add(lane, number, { attempted: time });
    connection.failed = placeOf(rows, row);
    this.#end(connection, time, ENDS.failed);
  }

  #closed(lane: Lane, rows: Rows, row: number): void {
    lane.troubles += 1;
    const time = rows.time(row);
    const number = rows.sequence(row);
    const duration = rows.value(row);
    const connection = unended(lane, number) ?? this.#lanes.add(lane, number, {});
    if (Number.isNaN(connection.opened) && !Number.isNaN(duration)) {
      // A log of closes alone tells of a beginning by its end.
      connection.opened = time - duration * 1000;
      this.#seen(connection.opened);
      this.#changes.add(connection.opened, 1);
      this.#changes.add(time, -1);
    }
    this.#end(connection, time, rows.code(row) || ENDS.untold);
  }

  #unloaded(lane: Lane, rows: Rows, row: number): void {
    const number = rows.sequence(row);
    const reason = UNLOAD_REASONS[rows.detail(row)] ?? 'other';
    const connection = number === 0 ? undefined : unended(lane, number);
    if (connection) this.#end(connection, rows.time(row), UNLOADS[reason]);
    // It names no number, for nobody knows how far the page was.
    if (reason === 'vanished') this.#endAll(lane, rows.time(row));
    if (reason === 'end' && (!connection || Number.isNaN(connection.opened))) lane.lost = true;
  }

  #end(connection: LaneConnection, time: number, end: number): void {
    connection.ended = time;
    connection.end = end;
    const open = this.#open.get(connection);
    if (!open) return;
    this.#open.delete(connection);
    open.lane.open -= 1;
    if (open.lane.open === 0) this.#changes.add(time, -1);
  }

  /** What was open of pages that are gone; the last is that of a page that is there. */
  #endAll(lane: Lane, time: number, kept = 0): void {
    for (const connection of lane.connections.slice(0, lane.connections.length - kept)) {
      if (Number.isNaN(connection.ended)) this.#end(connection, time, ENDS.page_left);
    }
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

  #connected(startMs: number): ChartData['connected'] {
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
function unended(lane: Lane, number: number): LaneConnection | undefined {
  return lane.connections
    .slice(-8)
    .findLast((one) => one.sequence === number && Number.isNaN(one.ended));
}
