import { ABNORMAL_CLOSURE } from '../core/close-codes.ts';
import { Connections, ProcessStarts } from '../model/connections.ts';
import type { LinePlace } from '../model/record.ts';
import { EVENT, placeOf, type Rows, UNLOAD_REASONS } from '../model/rows.ts';
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
const GAVE_UP = UNLOAD_REASONS.indexOf('gave-up');

/** Makes figures of sessions, one by one. What processes start is told before. */
export class SessionFold {
  readonly #files: readonly ClockOfFile[];
  readonly #starts = new ProcessStarts();
  readonly #connections: Connections;
  /** Streams that tell of opens, of ends, and where the latest process of each starts or stops. */
  readonly #tellOfOpens = new Set<number>();
  readonly #tellOfEnds = new Set<number>();
  readonly #latest = new Map<number, number>();

  /** @param files by their index in rows */
  constructor(files: readonly ClockOfFile[]) {
    this.#files = files;
    this.#connections = new Connections({
      streamOf: (rows, row) => (files[rows.file(row)] as ClockOfFile).stream,
      starts: this.#starts,
    });
  }

  /** A row of any log. */
  onRow(rows: Rows, row: number): void {
    this.#starts.onRow(rows, row);
    const event = rows.event(row);
    const { stream } = this.#files[rows.file(row)] as ClockOfFile;
    if (event === EVENT.connection_opened) this.#tellOfOpens.add(stream);
    else if (ENDS.has(event)) this.#tellOfEnds.add(stream);
    else if (BOUNDS.has(event)) this.#latest.set(stream, rows.position(row));
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
    return {
      place: placeOf(rows, lines.find((row) => !rows.isNamedElsewhere(row)) ?? first),
      low: rows.sessionLow(first),
      high: rows.sessionHigh(first),
      told_by: server.length > 0 ? 'server' : 'client',
      failed_attempts: client.length > 0 ? failed : null,
      gave_up: client.length > 0 ? gaveUp(rows, client) : null,
      ...numbersIn(rows, told),
      ...seenIn(rows, told),
      ...connectionsIn(this.#connections.read(rows, told, server.length === 0)),
      open_connections: this.#stillOpen(rows),
      ...closesIn(rows, told),
    };
  }

  /** What a process left open ended with it. */
  #stillOpen(rows: Rows): number | null {
    const { size, stream, openRow, endRow } = this.#connections;
    let open = 0;
    for (let place = 0; place < size; place++) {
      const ofPlace = stream[place] as number;
      if (!this.#tellOfOpens.has(ofPlace) || !this.#tellOfEnds.has(ofPlace)) return null;
      if (endRow[place] !== -1) continue;
      const opened = rows.position(openRow[place] as number);
      if (opened > (this.#latest.get(ofPlace) ?? -1)) open += 1;
    }
    return open;
  }
}

const ENDS = new Set([EVENT.connection_closed, EVENT.document_unloaded]);
const BOUNDS = new Set([
  ...[EVENT.server_started, EVENT.server_stopped],
  ...[EVENT.client_started, EVENT.client_stopped],
]);

/** No page of the session was welcomed after one gave up. */
function gaveUp(rows: Rows, client: Int32Array): boolean {
  const isGivingUp = (row: number) =>
    rows.event(row) === EVENT.document_unloaded && rows.detail(row) === GAVE_UP;
  const isWelcome = (row: number) => rows.event(row) === EVENT.connection_opened;
  return client.findLastIndex(isGivingUp) > client.findLastIndex(isWelcome);
}

type Figures<F extends keyof SessionSummary> = Pick<SessionSummary, F>;

function numbersIn(
  rows: Rows,
  lines: Int32Array,
): Figures<'lowest_sequence' | 'highest_sequence' | 'gaps'> {
  const numbers = new Set<number>();
  let [lowest, highest] = [Number.POSITIVE_INFINITY, 0];
  for (const row of lines) {
    const number = rows.sequence(row);
    if (number === 0) continue;
    numbers.add(number);
    lowest = Math.min(lowest, number);
    highest = Math.max(highest, number);
  }
  if (numbers.size === 0) return { lowest_sequence: null, highest_sequence: null, gaps: null };
  const gaps = highest - lowest + 1 - numbers.size;
  return { lowest_sequence: lowest, highest_sequence: highest, gaps };
}

function seenIn(rows: Rows, lines: Int32Array): Figures<'first_seen' | 'last_seen'> {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const row of lines) {
    first = Math.min(first, rows.time(row));
    last = Math.max(last, rows.time(row));
  }
  return { first_seen: new Date(first).toISOString(), last_seen: new Date(last).toISOString() };
}

function connectionsIn(
  connections: Connections,
): Figures<
  | 'connections'
  | 'reconnects'
  | 'at_once'
  | 'ended_connections'
  | 'known_lifetimes'
  | 'churn'
  | 'connected_seconds'
  | 'longest_gap_seconds'
> {
  const { size, ended } = connections;
  const lived = [...connections.lived.subarray(0, size)].filter((seconds) => seconds >= 0);
  const isKnown = lived.length > 0;
  const gap = connections.longestGapMs;
  return {
    connections: size,
    reconnects: Math.max(0, size - 1),
    at_once: connections.atOnce,
    ended_connections: ended,
    known_lifetimes: lived.length,
    churn: isKnown ? lived.filter((seconds) => seconds < CHURN_SECONDS).length : null,
    connected_seconds: isKnown ? rounded(lived.reduce((sum, seconds) => sum + seconds, 0)) : null,
    longest_gap_seconds: gap === null ? null : rounded(gap / 1000),
  };
}

function closesIn(rows: Rows, lines: Int32Array): Figures<'abnormal_closes' | 'last_close_code'> {
  let [abnormal, last, lastAt] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const row of lines) {
    if (rows.event(row) !== EVENT.connection_closed) continue;
    const code = rows.code(row);
    if (code === ABNORMAL_CLOSURE) abnormal += 1;
    // Logs of several servers are read one after the other, whatever happened when.
    if (code === 0 || rows.time(row) < lastAt) continue;
    [last, lastAt] = [code, rows.time(row)];
  }
  return { abnormal_closes: abnormal, last_close_code: last || null };
}

/** Sums of milliseconds, without what adding up leaves behind them. */
const rounded = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

/** The worst of many sessions. */
export class WorstSessions {
  readonly #limit: number;
  readonly #compare: (one: SessionFigures, other: SessionFigures) => number;
  #kept: SessionFigures[] = [];
  total = 0;
  /** Those whose page gave up. */
  givenUp = 0;

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
    if (figures.gave_up) this.givenUp += 1;
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
  gaps: ({ gaps }) => gaps ?? 0,
  churn: ({ churn }) => churn ?? 0,
  last: ({ last_seen }) => Date.parse(last_seen),
};
