import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import type { LinePlace } from '../model/record.ts';
import { EVENT, type Rows } from '../model/rows.ts';
import { CHURN_SECONDS, type SessionSort, type SessionSummary } from '../model/session-view.ts';

/** Whose log a file is, and so by whose clock its times are. */
export interface ClockOfFile {
  /** Index into `LOGS`. */
  log: number;
  stream: number;
}

/** A session's figures, and a line that names it: its id is looked up where somebody is to read it. */
export interface SessionFigures extends Omit<SessionSummary, 'session_id'> {
  place: LinePlace;
  /** Halves of the id's hash. */
  low: number;
  high: number;
}

const [SERVER, CLIENT] = [0, 1];

/** Makes figures of sessions, one by one. What processes start is told before. */
export class SessionFold {
  readonly #files: readonly ClockOfFile[];
  /** Where processes start, in the order in which lines are read. */
  readonly #starts: number[] = [];

  /** @param files by their index in rows */
  constructor(files: readonly ClockOfFile[]) {
    this.#files = files;
  }

  /** A row of any log. */
  onRow(rows: Rows, row: number): void {
    const event = rows.event(row);
    if (event === EVENT.server_started || event === EVENT.client_started) {
      this.#starts.push(rows.position(row));
    }
  }

  /**
   * By the lines of the server's logs; by those of the client's where no server log has the session.
   *
   * @param lines rows of the session, in the order in which they are read
   * @returns undefined where only faults tell of it
   */
  figures(rows: Rows, lines: Int32Array): SessionFigures | undefined {
    const of = (log: number) => lines.filter((row) => this.#files[rows.file(row)]?.log === log);
    const server = of(SERVER);
    const client = of(CLIENT);
    const told = server.length > 0 ? server : client;
    const [first] = told;
    if (first === undefined) return undefined;
    const failed = client.filter((row) => rows.event(row) === EVENT.connection_failed).length;
    const telling = new Telling(rows);
    let clock = -1;
    let start = -1;
    for (const row of told) {
      const { stream } = this.#files[rows.file(row)] as ClockOfFile;
      const starts = this.#startsBefore(rows.position(row));
      if (stream !== clock || starts !== start) telling.begin(stream !== clock);
      [clock, start] = [stream, starts];
      telling.onRow(row);
    }
    return {
      place: { file: rows.file(first), line: rows.line(first), offset: rows.offset(first) },
      low: rows.sessionLow(first),
      high: rows.sessionHigh(first),
      told_by: server.length > 0 ? 'server' : 'client',
      failed_attempts: client.length > 0 ? failed : null,
      ...telling.finish(),
    };
  }

  #startsBefore(position: number): number {
    let [low, high] = [0, this.#starts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#starts[middle] as number) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What one side tells of a session, line by line. Times are milliseconds since the epoch. */
class Telling {
  readonly #rows: Rows;
  readonly #numbers = new Set<number>();
  #firstSeen = Number.POSITIVE_INFINITY;
  #lastSeen = Number.NEGATIVE_INFINITY;
  #connections = 0;
  /** Connections that are open, and since when where it is one alone. */
  #open = 0;
  #opened = Number.NaN;
  /** When the last connection ended; NaN where that is not known, or only by another clock. */
  #ended = Number.NaN;
  #lived: number[] = [];
  #longestGap = -1;
  #abnormalCloses = 0;
  #lastCode = 0;
  #lastCodeAt = Number.NEGATIVE_INFINITY;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** Another process tells from here on: what was open in the one before ended there, nobody knows when. */
  begin(isOtherClock: boolean): void {
    if (isOtherClock || this.#open > 0) this.#ended = Number.NaN;
    this.#open = 0;
  }

  onRow(row: number): void {
    const rows = this.#rows;
    const time = rows.time(row);
    const event = rows.event(row);
    this.#firstSeen = Math.min(this.#firstSeen, time);
    this.#lastSeen = Math.max(this.#lastSeen, time);
    if (rows.sequence(row) > 0) this.#numbers.add(rows.sequence(row));
    if (event === EVENT.connection_opened) {
      this.#begins(time);
      this.#opened = this.#open === 0 ? time : Number.NaN;
      this.#open += 1;
    } else if (event === EVENT.connection_closed) this.#closes(row, time);
    // A page that goes never sees its close; in mid-dial there is nothing to end.
    else if (event === EVENT.document_unloaded && this.#open > 0) this.#closes(row, time);
  }

  finish(): Omit<SessionSummary, 'session_id' | 'told_by' | 'failed_attempts'> {
    const numbers = [...this.#numbers].sort((one, other) => one - other);
    const [lowest = null, highest = null] = [numbers[0], numbers.at(-1)];
    const span = lowest === null || highest === null ? 0 : highest - lowest + 1;
    const lived = this.#lived;
    const connected = lived.reduce((sum, seconds) => sum + seconds, 0);
    return {
      connections: this.#connections,
      reconnects: Math.max(0, this.#connections - 1),
      lowest_sequence: lowest,
      highest_sequence: highest,
      gaps: span - numbers.length,
      churn: lived.length > 0 ? lived.filter((seconds) => seconds < CHURN_SECONDS).length : null,
      abnormal_closes: this.#abnormalCloses,
      last_close_code: this.#lastCode || null,
      first_seen: new Date(this.#firstSeen).toISOString(),
      last_seen: new Date(this.#lastSeen).toISOString(),
      connected_seconds: lived.length > 0 ? rounded(connected) : null,
      longest_gap_seconds: this.#longestGap < 0 ? null : rounded(this.#longestGap / 1000),
    };
  }

  #begins(start: number): void {
    this.#connections += 1;
    if (this.#open > 0) return;
    const gap = start - this.#ended;
    if (gap > this.#longestGap) this.#longestGap = gap;
  }

  #closes(row: number, time: number): void {
    const rows = this.#rows;
    let lived = rows.value(row);
    if (this.#open > 0) {
      if (!(lived >= 0)) lived = (time - this.#opened) / 1000;
      this.#open -= 1;
    } else {
      this.#begins(lived >= 0 ? time - lived * 1000 : time);
    }
    if (!(this.#ended > time)) this.#ended = time;
    if (lived >= 0) this.#lived.push(lived);
    const code = rows.code(row);
    // Logs of several servers are read one after the other, whatever happened when.
    if (code > 0 && time >= this.#lastCodeAt) {
      this.#lastCodeAt = time;
      this.#lastCode = code;
    }
    if (code === ABNORMAL_CLOSURE) this.#abnormalCloses += 1;
  }
}

/** Sums of milliseconds, without what adding up leaves behind them. */
const rounded = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

/** The worst of many sessions. */
export class WorstSessions {
  readonly #limit: number;
  readonly #compare: (one: SessionFigures, other: SessionFigures) => number;
  #kept: SessionFigures[] = [];
  total = 0;

  constructor(sort: SessionSort, limit: number) {
    this.#limit = limit;
    const rank = RANKS[sort];
    const position = ({ place: { file, line } }: SessionFigures) => file * 2 ** 32 + line;
    // Where what was asked for is alike, by what else a person would look at.
    this.#compare = (one, other) =>
      rank(other) - rank(one) ||
      other.connections - one.connections ||
      (other.failed_attempts ?? 0) - (one.failed_attempts ?? 0) ||
      position(one) - position(other);
  }

  add(figures: SessionFigures): void {
    this.total += 1;
    this.#kept.push(figures);
    if (this.#kept.length >= 2 * this.#limit + MIN_KEPT) this.#kept = this.finish();
  }

  finish(): SessionFigures[] {
    return this.#kept.sort(this.#compare).slice(0, this.#limit);
  }
}

/** Sorting a few at a time would take longer. */
const MIN_KEPT = 1024;

const RANKS: Record<SessionSort, (figures: SessionFigures) => number> = {
  reconnects: ({ connections }) => connections,
  gaps: ({ gaps }) => gaps,
  churn: ({ churn }) => churn ?? 0,
  last: ({ last_seen }) => Date.parse(last_seen),
};
