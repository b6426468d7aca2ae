import type { LogRecord } from '../model/record.ts';
import { EVENT, type ProcessNote, Rows } from '../model/rows.ts';
import { hasUnusableNumber, noteOf } from './put-row.ts';

/** Lines in some form, and what they tell of the connections that they name. `S` is a session. */
interface Form<L, S> {
  event(line: L): number;
  /** The connection, by its `client_id`. */
  connection(line: L): string | number | undefined;
  session(line: L): S | undefined;
  /** 0 for none. */
  number(line: L): number;
  /** It has no number, and nothing in its place. */
  lacksNumber(line: L): boolean;
  isSame(one: S, other: S): boolean;
  /** The same line, with what it lacks. */
  named(line: L, session: S, number: number): L;
  /** The line, to be handed on later. */
  kept(line: L): L;
}

/** What is known of a connection that has not ended. */
interface Connection<L, S> {
  session: S | undefined;
  number: number;
  /** Its lines so far, where none of them names a session. */
  waiting: L[];
}

/** Connections of one log that are open at once; of more, the oldest are forgotten. */
const MAX_OPEN = 500_000;
/** Lines of one log that wait to be named; of more, the oldest are handed on as they are. */
const MAX_WAITING = 100_000;
/** Connections that are remembered for other logs. */
const MAX_NAMES = 100_000;

/**
 * Gives lines of one log that name their connection alone the session and the number that another line of the same
 * connection has: its open or, where people log in after they connect, a later one. A `client_id` that is opened again
 * is that of a new connection.
 */
class Joins<L, S> {
  readonly #form: Form<L, S>;
  readonly #others: OtherLogs<L, S>;
  readonly #emit: (line: L) => void;
  readonly #connections = new Map<string | number, Connection<L, S>>();
  #waiting = 0;
  /** Lines whose connection no other line of this log names. */
  #nameless: L[] = [];
  #namesSessions = false;

  constructor(form: Form<L, S>, others: OtherLogs<L, S>, emit: (line: L) => void) {
    this.#form = form;
    this.#others = others;
    this.#emit = emit;
  }

  onLine(line: L): void {
    const form = this.#form;
    const event = form.event(line);
    if (event === EVENT.server_started || event === EVENT.client_started) this.finish();
    const id = form.connection(line);
    if (id === undefined || !OF_CONNECTIONS.has(event)) {
      this.#emit(line);
      return;
    }
    const session = form.session(line);
    if (session !== undefined) {
      this.#namesSessions = true;
      this.#others.name(this, id, session, form.number(line));
    }
    if (event === EVENT.connection_opened) this.#onOpened(id, line);
    else this.#onOther(id, line, event);
  }

  /** None of the lines that came has to do with those that come. */
  finish(): void {
    for (const id of [...this.#connections.keys()]) this.#forget(id);
  }

  /** All logs are read. A log that names no session takes what the others tell of its connections. */
  finishAll(): void {
    for (const line of this.#nameless) {
      const known = this.#namesSessions
        ? undefined
        : this.#others.of(this, this.#form.connection(line));
      this.#emit(known ? this.#completed(line, known.session, known.number) : line);
    }
    this.#nameless = [];
  }

  #onOpened(id: string | number, line: L): void {
    this.#forget(id);
    const session = this.#form.session(line);
    const connection = { session, number: this.#form.number(line), waiting: [] };
    this.#connections.set(id, connection);
    if (this.#connections.size > MAX_OPEN) this.#forgetOldest();
    if (session === undefined) this.#wait(connection, line);
    else this.#emit(line);
  }

  #onOther(id: string | number, line: L, event: number): void {
    const connection = this.#connections.get(id);
    const isNaming = event === EVENT.connection_named;
    if (connection !== undefined) this.#onKnown(connection, line, isNaming);
    else if (!isNaming) this.#handOn(line);
    if (ENDS.has(event)) this.#forget(id);
  }

  #onKnown(connection: Connection<L, S>, line: L, isNaming: boolean): void {
    const isNews = this.#learn(connection, line);
    const { session, number } = connection;
    if (session === undefined) this.#wait(connection, line);
    else if (isNaming && isNews) this.#emit(line);
    else if (!isNaming) this.#emit(this.#completed(line, session, number));
  }

  /** Whether the line is the first that names the connection's session. */
  #learn(connection: Connection<L, S>, line: L): boolean {
    const session = this.#form.session(line);
    if (session === undefined) return false;
    const isNews = connection.session === undefined;
    connection.session ??= session;
    connection.number ||= this.#form.number(line);
    if (!isNews) return false;
    for (const one of this.#taken(connection)) {
      this.#emit(this.#completed(one, session, connection.number));
    }
    return true;
  }

  #completed(line: L, session: S, number: number): L {
    const form = this.#form;
    const own = form.session(line);
    const isOf = own === undefined || form.isSame(own, session);
    const known = isOf && form.lacksNumber(line) ? number : form.number(line);
    const isNews = own === undefined || known !== form.number(line);
    return isNews ? form.named(line, own ?? session, known) : line;
  }

  #wait(connection: Connection<L, S>, line: L): void {
    connection.waiting.push(this.#form.kept(line));
    this.#waiting += 1;
    while (this.#waiting > MAX_WAITING) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const [oldest] = this.#connections.keys();
    if (oldest !== undefined) this.#forget(oldest);
  }

  /** A line that no other of this log names: another log may. */
  #handOn(line: L): void {
    const mayBeNamed =
      this.#others.areThere && !this.#namesSessions && this.#form.session(line) === undefined;
    if (mayBeNamed && this.#nameless.length < MAX_WAITING) {
      this.#nameless.push(this.#form.kept(line));
    } else this.#emit(line);
  }

  #taken(connection: Connection<L, S>): L[] {
    const { waiting } = connection;
    connection.waiting = [];
    this.#waiting -= waiting.length;
    return waiting;
  }

  #forget(id: string | number): void {
    const connection = this.#connections.get(id);
    if (connection === undefined) return;
    this.#connections.delete(id);
    for (const line of this.#taken(connection)) this.#handOn(line);
  }
}

/** What several logs tell of connections, for those that name no session. */
class OtherLogs<L, S> {
  readonly areThere: boolean;
  readonly #form: Form<L, S>;
  /** By connection; null where two sessions have it, as where servers count their connections from 1. */
  readonly #names = new Map<string | number, { by: object; session: S; number: number } | null>();

  constructor(form: Form<L, S>, logs: number) {
    this.#form = form;
    this.areThere = logs > 1;
  }

  name(by: object, id: string | number, session: S, number: number): void {
    if (!this.areThere) return;
    const known = this.#names.get(id);
    if (known === undefined) {
      if (this.#names.size < MAX_NAMES) this.#names.set(id, { by, session, number });
    } else if (known !== null && !this.#form.isSame(known.session, session)) {
      this.#names.set(id, null);
    } else if (known?.number === 0) known.number = number;
  }

  of(asking: object, id: string | number | undefined) {
    const known = id === undefined ? null : this.#names.get(id);
    return known && known.by !== asking ? known : undefined;
  }
}

const ENDS: ReadonlySet<number> = new Set([EVENT.connection_closed, EVENT.connection_failed]);
const OF_CONNECTIONS: ReadonlySet<number> = new Set([
  ...ENDS,
  EVENT.connection_opened,
  EVENT.connection_attempt,
  EVENT.document_unloaded,
  EVENT.connection_named,
]);

interface RowAt {
  rows: Rows;
  row: number;
}

interface RowSession {
  low: number;
  high: number;
}

const ROWS: Form<RowAt, RowSession> = {
  event: ({ rows, row }) => rows.event(row),
  connection: ({ rows, row }) =>
    rows.hasClient(row) ? rows.clientLow(row) * 2 ** 21 + (rows.clientHigh(row) >>> 11) : undefined,
  session: ({ rows, row }) =>
    rows.hasSession(row) ? { low: rows.sessionLow(row), high: rows.sessionHigh(row) } : undefined,
  number: ({ rows, row }) => rows.sequence(row),
  lacksNumber: ({ rows, row }) => rows.sequence(row) === 0 && !rows.hasUnusableNumber(row),
  isSame: (one, other) => one.low === other.low && one.high === other.high,
  named(line, { low, high }, number) {
    const { rows, row } = line;
    if (!rows.hasSession(row)) rows.setNamedElsewhere(row);
    rows.setSession(row, low, high);
    rows.setSequence(row, number);
    return line;
  },
  kept({ rows, row }) {
    const kept = new Rows(1);
    kept.copy(0, rows, row);
    return { rows: kept, row: 0 };
  },
};

const RECORDS: Form<LogRecord, string> = {
  event: ({ event }) => EVENT[event as keyof typeof EVENT],
  connection: ({ client_id }) => client_id,
  session: ({ session_id }) => session_id,
  number: ({ connection_sequence }) => connection_sequence ?? 0,
  lacksNumber: (record) => record.connection_sequence === undefined && !hasUnusableNumber(record),
  isSame: (one, other) => one === other,
  named: (record, session_id, number) => ({
    ...record,
    session_id,
    connection_sequence: number === 0 ? undefined : number,
  }),
  kept: (record) => record,
};

function finishAll<L, S>(logs: Iterable<Joins<L, S> | null>): void {
  const all = [...logs];
  for (const joins of all) joins?.finish();
  for (const joins of all) joins?.finishAll();
}

type OnRow = (rows: Rows, row: number, note: ProcessNote | undefined) => void;

/**
 * Rows of several logs, by the stream of each, joined. What wsdiag wrote names all that it tells of.
 *
 * @param logs how many there are
 */
export function joinedRows(onRow: OnRow, logs: number) {
  const live: RowAt = { rows: new Rows(0), row: 0 };
  const emit = ({ rows, row }: RowAt) => onRow(rows, row, undefined);
  const others = new OtherLogs(ROWS, logs);
  const streams = new Map<number, Joins<RowAt, RowSession> | null>();
  return {
    onRow(rows: Rows, row: number, stream: number, note: ProcessNote | undefined): void {
      let joins = streams.get(stream);
      if (joins === undefined) {
        joins = note?.isOwn ? null : new Joins(ROWS, others, emit);
        streams.set(stream, joins);
      }
      // What a process says of itself is of no connection.
      if (joins === null || note !== undefined) {
        if (rows.event(row) !== EVENT.connection_failed) joins?.finish();
        onRow(rows, row, note);
        return;
      }
      live.rows = rows;
      live.row = row;
      joins.onLine(live);
    },
    finish: () => finishAll(streams.values()),
  };
}

/** The same of records. Lines that only name a session are none. */
export function joinedRecords(onRecord: (record: LogRecord) => void, logs: number) {
  const emit = (record: LogRecord) => {
    if (record.event !== 'connection_named') onRecord(record);
  };
  const others = new OtherLogs(RECORDS, logs);
  const streams = new Map<number, Joins<LogRecord, string> | null>();
  return {
    onRecord(record: LogRecord): void {
      const { stream = 0 } = record;
      let joins = streams.get(stream);
      if (joins === undefined) {
        joins = noteOf(record)?.isOwn ? null : new Joins(RECORDS, others, emit);
        streams.set(stream, joins);
      }
      if (joins === null) emit(record);
      else joins.onLine(record);
    },
    finish: () => finishAll(streams.values()),
  };
}
