import type { Evidence } from '../core/findings.ts';
import type { LogRecord } from '../core/records.ts';
import { type Connection, newConnection, type ServerSide, sameId } from './connection.ts';
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
  /** The server logs what it opens, as ours does; of some servers there are `connection_closed` only. */
  serverLogsOpens = false;
  clientStopped = false;
  readonly #sessions = new Map<string, Map<number, Connection>>();
  /** `client_id`s on lines without a number: known about, but not placed. */
  readonly #numberless = { server: new Set<string>(), client: new Set<string>() };

  onRecord(record: LogRecord): void {
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

  /** A line of that log names the connection, but not by its number. */
  isNumberless(side: Side, client_id: string | undefined): boolean {
    return client_id !== undefined && this.#numberless[side].has(client_id);
  }

  #onServer(record: LogRecord): void {
    const { event } = record;
    if (event === 'server_started') this.#serverStarted();
    else if (event === 'server_stopped') this.#endEpoch('stopped');
    else if (event === 'connection_opened') this.#serverOpened(record);
    else if (event === 'connection_closed') this.#serverClosed(record);
    else if (event === 'handshake_rejected') {
      const connection = this.#connection(record, 'server');
      if (connection) connection.rejected ??= at(record);
    }
  }

  #serverStarted(): void {
    this.serverLogsOpens = true;
    if (this.epochs.at(-1) === 'running') this.#endEpoch('killed');
    this.epochs.push('running');
  }

  #endEpoch(end: Epoch): void {
    if (this.epochs.length > 0) this.epochs[this.epochs.length - 1] = end;
  }

  #serverOpened(record: LogRecord): void {
    this.serverLogsOpens = true;
    const connection = this.#connection(record, 'server');
    if (!connection) return;
    serverSide(connection, record.client_id).opened ??= {
      ...at(record),
      document_id: record.document_id,
      session_verified: record.fields.session_verified === true,
      epoch: this.epochs.length - 1,
    };
  }

  #serverClosed(record: LogRecord): void {
    const connection = this.#connection(record, 'server');
    if (!connection) return;
    const side = serverSide(connection, record.client_id);
    if (side.closed) this.#stray(record, 'server', side.closed);
    const { closed_by } = record.fields;
    side.closed ??= {
      ...at(record),
      close_code: closeCode(record),
      closed_by: typeof closed_by === 'string' ? closed_by : 'unknown',
    };
  }

  #onClient(record: LogRecord): void {
    const { event } = record;
    if (event === 'client_stopped') this.clientStopped = true;
    else if (event === 'connection_attempt') this.#clientAttempt(record);
    else if (event === 'connection_opened') this.#clientOpened(record);
    else if (CLIENT_ENDS.has(event)) this.#clientEnd(record);
  }

  /** A number that is used again begins anew: that is one finding, and not one more for each line. */
  #clientAttempt(record: LogRecord): void {
    const connection = this.#connection(record, 'client');
    if (!connection) return;
    connection.reused ||= connection.attempt !== undefined;
    connection.attempt = { ...at(record), document_id: record.document_id };
    connection.opened = undefined;
    connection.end = undefined;
  }

  #clientOpened(record: LogRecord): void {
    const connection = this.#connection(record, 'client');
    if (!connection) return;
    if (connection.end) this.#stray(record, 'client', connection.end);
    else connection.opened ??= { ...at(record), client_id: record.client_id };
  }

  #clientEnd(record: LogRecord): void {
    const connection = this.#connection(record, 'client');
    if (!connection) return;
    if (connection.end) this.#stray(record, 'client', connection.end);
    else if (!fitsEnd(record, connection)) this.#stray(record, 'client', undefined);
    connection.end ??= {
      ...at(record),
      event: record.event,
      time: record.time,
      close_code: closeCode(record),
    };
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
    const numbers = this.#sessions.get(session_id) ?? new Map<number, Connection>();
    if (numbers.size === 0) this.#sessions.set(session_id, numbers);
    const known = numbers.get(connection_sequence);
    if (known) return known;
    const connection = newConnection();
    numbers.set(connection_sequence, connection);
    return connection;
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
  connection.server ??= { client_id, opened: undefined, closed: undefined };
  if (sameId(connection.server.client_id, client_id)) return connection.server;
  connection.others ??= new Map();
  const other = connection.others.get(client_id) ?? {
    client_id,
    opened: undefined,
    closed: undefined,
  };
  connection.others.set(client_id, other);
  return other;
}

/** Only what was welcomed closes, and only what was not fails; a page's end may find either. */
function fitsEnd({ event, client_id }: LogRecord, { opened }: Connection): boolean {
  if (event === 'connection_failed') return opened === undefined;
  if (event === 'connection_closed' || client_id !== undefined) {
    return opened !== undefined && sameId(opened.client_id, client_id);
  }
  return true;
}

function closeCode({ fields }: LogRecord): number | null {
  return typeof fields.close_code === 'number' ? fields.close_code : null;
}

function at({ file, line }: LogRecord): Evidence {
  return { file, line };
}
