import type { Evidence } from '../model/findings.ts';
import { closeCodeOf, type LogRecord, sameId } from '../model/record.ts';
import {
  type Connection,
  leftOverIn,
  newConnection,
  type ServerSide,
  serverSides,
} from './connection.ts';
import { endOf, type Facts } from './facts.ts';
import { Faults } from './faults.ts';

export type Side = 'server' | 'client';

/** A line that tells of the end of nothing, or of something that had ended. */
export interface Stray extends Evidence {
  session_id: string | undefined;
  connection_sequence: number | undefined;
  client_id: string | undefined;
  side: Side;
  event: string;
  /** Where the connection had ended before: the line that said so. */
  earlier: Evidence | undefined;
}

/** A server process's life: killed where the next one started before it had said that it stopped. */
export type Epoch = 'running' | 'stopped' | 'killed';

interface Span {
  lowest: number;
  highest: number;
}

/** A number of a session, with its story. */
export interface Entry {
  session_id: string;
  connection_sequence: number;
  connection: Connection;
}

/**
 * The logs joined: for each number of each session the lines that tell of it, cut down to what checks
 * compare. Keyed by what stood in the logs, hence Maps throughout.
 */
export class Connections {
  readonly faults = new Faults();
  readonly strays: Stray[] = [];
  readonly epochs: Epoch[] = [];
  /** When the last line of each epoch that the checks saw was written: milliseconds since 1970. */
  readonly lastLines: number[] = [];
  readonly facts: Facts;
  /** By stream: the epoch that its server is in. */
  readonly #epochOf = new Map<number, number>();
  #order = 0;
  readonly #sessions = new Map<string, Map<number, Connection>>();
  /** By stream and session: the lowest number that its server logs as opened. */
  readonly #lowestOpened = new Map<string, number>();
  /** Sessions that the client's log tells of. */
  readonly #clients = new Set<string>();
  /** By stream and session: closes of which the opens are in another log of their server. */
  readonly #split = new Set<string>();
  /** The session that each comes from; and those that a reload began, which name none. */
  readonly #parents = new Map<string, string>();
  readonly #begunByReload = new Set<string>();
  /** The document that each session began in. */
  readonly #firstDocuments = new Map<string, string | undefined>();
  /** The numbers of each session that a log tells of. */
  readonly #spans = { server: new Map<string, Span>(), client: new Map<string, Span>() };
  /** `client_id`s on lines without a number: known about, but not placed. */
  readonly #numberless = { server: new Set<string>(), client: new Set<string>() };

  constructor(facts: Facts) {
    this.facts = facts;
  }

  onRecord(record: LogRecord): void {
    this.#order += 1;
    if (record.log === 'server') this.#onServer(record);
    else if (record.log === 'client') this.#onClient(record);
    else this.#onFault(record);
  }

  find(record: Pick<LogRecord, 'session_id' | 'connection_sequence'>): Connection | undefined {
    const { session_id, connection_sequence } = record;
    if (session_id === undefined || connection_sequence === undefined) return undefined;
    return this.#sessions.get(session_id)?.get(connection_sequence);
  }

  *[Symbol.iterator](): Generator<Entry> {
    for (const [session_id, numbers] of this.#sessions) {
      for (const [connection_sequence, connection] of numbers) {
        yield { session_id, connection_sequence, connection };
      }
    }
  }

  /**
   * Whether that side's log would tell of the connection if it had been there. One that does not begin
   * with its process, or not end with it, does so for what lies between connections that it tells of. A
   * client's tells of its own sessions.
   */
  isWithin(side: Side, { session_id, connection_sequence: number }: Entry): boolean {
    if (this.facts.isBounded(side)) {
      // A run's log of clients is that of all of them.
      return side === 'server' || this.facts.logs.has('faults') || this.#clients.has(session_id);
    }
    const span = this.#spans[side].get(session_id);
    return span !== undefined && span.lowest < number && number < span.highest;
  }

  /** That log has the closes of connections of the session, and another log their opens. */
  hasOpensElsewhere({ stream, session_id }: Pick<LogRecord, 'stream' | 'session_id'>): boolean {
    return this.#split.has(`${stream} ${session_id}`);
  }

  /** It tells of what may have begun before its log, and of which that log has told nothing so far. */
  isLeftOver(record: LogRecord): boolean {
    const known = this.find(record);
    if (record.log === 'server') {
      const isTold = ({ client_id }: ServerSide) => sameId(client_id, record.client_id);
      return !(known && serverSides(known).some(isTold)) && this.#mayHaveBegunBefore(record);
    }
    const isTold = known?.attempt || known?.opened || known?.end;
    return !isTold && this.facts.mayHaveBegunBefore(endOf(record));
  }

  /** Its frames may have been held back: latency stays with a tab that takes up another session. */
  isDelayed(session_id: string): boolean {
    const seen = new Set<string>();
    let id: string | undefined = session_id;
    while (id !== undefined && !seen.has(id)) {
      if (this.faults.delayed.has(id) || this.#begunByReload.has(id)) return true;
      seen.add(id);
      id = this.#parents.get(id);
    }
    return false;
  }

  /** Its client ended the attempt without a welcome, so the server may have heard of it late. */
  wasGivenUp(of: Pick<LogRecord, 'session_id' | 'connection_sequence'>): boolean {
    const known = this.find(of);
    return Boolean(known?.attempt && !known.opened && known.end && !known.reused);
  }

  /** A line of that log names the connection, but not by its number. */
  isNumberless(side: Side, client_id: string | undefined): boolean {
    return client_id !== undefined && this.#numberless[side].has(client_id);
  }

  #onServer(record: LogRecord): void {
    const { event } = record;
    if (event === 'server_started') this.#serverStarted(record);
    else if (event === 'server_stopped') this.#endEpoch(record, 'stopped');
    else if (event === 'connection_opened') this.#serverOpened(record);
    else if (event === 'connection_closed') this.#serverClosed(record);
    else if (event === 'handshake_rejected') {
      const connection = this.#connection(record, 'server');
      if (connection) connection.rejected ??= at(record);
    }
    const epoch = this.#epoch(record);
    if (epoch >= 0) this.lastLines[epoch] = record.time;
  }

  #serverStarted(record: LogRecord): void {
    if (this.epochs[this.#epoch(record)] === 'running') this.#endEpoch(record, 'killed');
    this.#epochOf.set(record.stream ?? 0, this.epochs.push('running') - 1);
  }

  #endEpoch(record: LogRecord, end: Epoch): void {
    const epoch = this.#epoch(record);
    if (epoch >= 0) this.epochs[epoch] = end;
  }

  /** -1 before the first start. */
  #epoch({ stream = 0 }: LogRecord): number {
    return this.#epochOf.get(stream) ?? -1;
  }

  #serverOpened(record: LogRecord): void {
    const connection = this.#connection(record, 'server');
    if (!connection) return;
    const { session_verified } = record.fields;
    const isUnverified = session_verified === undefined ? undefined : session_verified === false;
    // A stranger's number tells nothing of the session's.
    if (!isUnverified) this.#noteOpened(record);
    const side = serverSide(connection, record.client_id);
    if (side.opened) side.reopened += 1;
    side.opened ??= {
      ...at(record),
      time: record.time,
      document_id: record.document_id,
      isUnverified,
      stream: record.stream,
      epoch: this.#epoch(record),
      order: this.#order,
    };
    this.#noteSplit(record, side);
  }

  #serverClosed(record: LogRecord): void {
    const connection = this.#connection(record, 'server');
    if (!connection) return;
    const side = serverSide(connection, record.client_id);
    if (side.closed && side.reopened > 0) side.reopened -= 1;
    else if (side.closed) this.#stray(record, 'server', side.closed);
    const { closed_by } = record.fields;
    side.closed ??= {
      ...at(record),
      close_code: closeCode(record),
      stream: record.stream,
      closed_by: typeof closed_by === 'string' ? closed_by : 'unknown',
      isLeftOver: this.#mayHaveBegunBefore(record),
    };
    this.#noteSplit(record, side);
  }

  #noteSplit({ session_id }: LogRecord, { opened, closed }: ServerSide): void {
    const isSplit = opened && closed && opened.stream !== closed.stream;
    if (isSplit) this.#split.add(`${closed.stream} ${session_id}`);
  }

  #noteOpened({ session_id, connection_sequence: number, stream = 0 }: LogRecord): void {
    const key = `${stream} ${session_id}`;
    const lowest = this.#lowestOpened.get(key);
    if (lowest === undefined || (number ?? 0) < lowest) this.#lowestOpened.set(key, number ?? 0);
  }

  /** It was there before the log, so its number is below those that were opened since. */
  #mayHaveBegunBefore(record: LogRecord): boolean {
    const { session_id, connection_sequence: number, stream = 0 } = record;
    const lowest = this.#lowestOpened.get(`${stream} ${session_id}`) ?? Number.POSITIVE_INFINITY;
    return (number ?? 0) < lowest && this.facts.mayHaveBegunBefore(endOf(record));
  }

  #onClient(record: LogRecord): void {
    const { event, session_id } = record;
    if (session_id !== undefined) this.#clients.add(session_id);
    if (event === 'session_started' || event === 'document_loaded') this.#noteOrigin(record);
    if (event === 'connection_attempt') this.#clientAttempt(record);
    else if (event === 'connection_opened') this.#clientOpened(record);
    else if (CLIENT_ENDS.has(event)) this.#clientEnd(record);
  }

  #noteOrigin({ event, session_id, document_id, fields }: LogRecord): void {
    if (session_id === undefined) return;
    if (event === 'session_started') {
      const { parent_session_id: parent } = fields;
      if (typeof parent === 'string') this.#parents.set(session_id, parent);
      this.#firstDocuments.set(session_id, document_id);
    } else if (
      fields.navigation === 'reload' &&
      this.#firstDocuments.has(session_id) &&
      sameId(this.#firstDocuments.get(session_id), document_id)
    ) {
      this.#begunByReload.add(session_id);
    }
  }

  /** A number that is used again begins anew: that is one finding, and not one more for each line. */
  #clientAttempt(record: LogRecord): void {
    const connection = this.#connection(record, 'client');
    if (!connection) return;
    connection.reused ||= (connection.attempt ?? leftOverIn(connection, record)) !== undefined;
    connection.attempt = { ...at(record), document_id: record.document_id };
    connection.opened = undefined;
    connection.end = undefined;
  }

  #clientOpened(record: LogRecord): void {
    const connection = this.#connection(record, 'client');
    if (!connection) return;
    this.#noteLeftOver(record, connection);
    if (connection.end) this.#stray(record, 'client', connection.end);
    else connection.opened ??= { ...at(record), client_id: record.client_id };
  }

  #clientEnd(record: LogRecord): void {
    const connection = this.#connection(record, 'client');
    if (!connection) return;
    this.#noteLeftOver(record, connection);
    // Where clients don't log that they were welcomed, it is the close that tells of it.
    if (record.event === 'connection_closed' && !this.facts.clientOpens && !connection.end) {
      connection.opened = { ...at(record), client_id: record.client_id };
    }
    if (connection.end) this.#stray(record, 'client', connection.end);
    else if (!fitsEnd(record, connection) && !this.#mayLackBeginning(record, connection)) {
      this.#stray(record, 'client', undefined);
    }
    connection.end ??= {
      ...at(record),
      event: record.event,
      time: record.time,
      close_code: closeCode(record),
    };
  }

  #noteLeftOver(record: LogRecord, connection: Connection): void {
    if (this.isLeftOver(record)) connection.leftOver = { ...at(record), stream: record.stream };
  }

  /** Its beginning may be before the log's, or is not what that client logs. */
  #mayLackBeginning(record: LogRecord, { attempt, opened }: Connection): boolean {
    if (attempt || opened) return false;
    const { clientAttempts, clientOpens } = this.facts;
    return !(clientAttempts || clientOpens) || this.facts.mayHaveBegunBefore(endOf(record));
  }

  #onFault(record: LogRecord): void {
    const fault = this.faults.add(record);
    const connection = this.#connection(record, 'client');
    if (!fault || !connection) return;
    connection.faults ??= [];
    connection.faults.push(fault);
  }

  /** The connection that the record tells of, made if need be; undefined where it names none. */
  #connection(record: LogRecord, side: Side): Connection | undefined {
    const { session_id, connection_sequence, client_id } = record;
    if (connection_sequence === undefined && client_id !== undefined) {
      this.#numberless[side].add(client_id);
    }
    if (connection_sequence === undefined || session_id === undefined) return undefined;
    if (record.log === side && !this.facts.isBounded(side))
      this.#widen(record.log, session_id, connection_sequence);
    const numbers = this.#sessions.get(session_id) ?? new Map<number, Connection>();
    if (numbers.size === 0) this.#sessions.set(session_id, numbers);
    const known = numbers.get(connection_sequence);
    if (known) return known;
    const connection = newConnection();
    numbers.set(connection_sequence, connection);
    return connection;
  }

  #widen(side: Side, session_id: string, number: number): void {
    const { lowest, highest } = this.#spans[side].get(session_id) ?? {
      lowest: number,
      highest: number,
    };
    this.#spans[side].set(session_id, {
      lowest: Math.min(lowest, number),
      highest: Math.max(highest, number),
    });
  }

  #stray(record: LogRecord, side: Side, earlier: Evidence | undefined): void {
    const { session_id, connection_sequence, client_id, event } = record;
    const subject = { session_id, connection_sequence, client_id };
    this.strays.push({ ...at(record), ...subject, side, event, earlier });
  }
}

const CLIENT_ENDS = new Set(['connection_closed', 'connection_failed', 'document_unloaded']);

/** The accepted handshake with that `client_id`. */
function serverSide(connection: Connection, client_id: string | undefined): ServerSide {
  connection.server ??= newSide(client_id);
  if (sameId(connection.server.client_id, client_id)) return connection.server;
  connection.others ??= new Map();
  const other = connection.others.get(client_id) ?? newSide(client_id);
  connection.others.set(client_id, other);
  return other;
}

const newSide = (client_id: string | undefined): ServerSide => ({
  client_id,
  opened: undefined,
  closed: undefined,
  reopened: 0,
});

/** Only what was welcomed closes, and only what was not fails; a page's end may find either. */
function fitsEnd({ event, client_id }: LogRecord, { opened }: Connection): boolean {
  if (event === 'connection_failed') return opened === undefined;
  if (event === 'connection_closed' || client_id !== undefined) {
    return opened !== undefined && sameId(opened.client_id, client_id);
  }
  return true;
}

function closeCode({ fields }: LogRecord): number | null {
  return closeCodeOf(fields.close_code) || null;
}

function at({ file, line }: LogRecord): Evidence {
  return { file, line };
}
