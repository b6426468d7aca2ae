import type { Evidence } from '../core/findings.ts';
import type { LogRecord } from '../core/records.ts';
import { type Fault, Faults } from './faults.ts';

export type Side = 'server' | 'client';

export interface ClientOpened extends Evidence {
  client_id: string | undefined;
}

/** `connection_closed`, `connection_failed` or `document_unloaded`. */
export interface ClientEnd extends Evidence {
  event: string;
  time: number;
  /** null where no close was seen: the attempt failed, or the page went. */
  close_code: number | null;
}

export interface ServerOpened extends Evidence {
  document_id: string | undefined;
  session_verified: boolean;
  /** Index into `epochs`; -1 before the first `server_started`. */
  epoch: number;
}

export interface ServerClosed extends Evidence {
  close_code: number | null;
  closed_by: string;
}

/** One accepted handshake. */
export interface ServerSide {
  client_id: string | undefined;
  opened?: ServerOpened;
  closed?: ServerClosed;
}

/** One number of one session: an attempt, and what became of it in both logs. */
export interface Connection {
  attempt?: Evidence & { document_id: string | undefined };
  opened?: ClientOpened;
  end?: ClientEnd;
  server?: ServerSide;
  /** Further handshakes that were accepted under the same number. */
  others?: Map<string | undefined, ServerSide>;
  rejected?: Evidence;
  faults?: Fault[];
}

/** An end that ends nothing. */
export interface Stray extends Evidence {
  session_id: string;
  connection_sequence: number;
  client_id: string | undefined;
  side: Side;
  event: string;
  /** Where the connection had ended before: the line that said so. */
  earlier: Evidence | undefined;
}

/** A server process's life: killed where the next one started before it had said that it stopped. */
export type Epoch = 'running' | 'stopped' | 'killed';

/**
 * The logs joined: for each session and number, the lines that tell of it, cut down to what checks
 * compare. Keyed by what stood in the logs, hence Maps throughout.
 */
export class Connections {
  readonly sessions = new Map<string, Map<number, Connection>>();
  readonly faults = new Faults();
  readonly strays: Stray[] = [];
  readonly epochs: Epoch[] = [];
  /** Connections on lines without a number, by `client_id`: known about, but not placed. */
  readonly numberless: Record<Side, Set<string>> = { server: new Set(), client: new Set() };
  /** The server log has `connection_opened` lines; a foreign one may have closes only. */
  serverLogsOpens = false;
  clientStopped = false;

  onRecord(record: LogRecord): void {
    if (record.log === 'server') this.#onServer(record);
    else if (record.log === 'client') this.#onClient(record);
    else this.#onFault(record);
  }

  find(record: Pick<LogRecord, 'session_id' | 'connection_sequence'>): Connection | undefined {
    const { session_id, connection_sequence } = record;
    if (session_id === undefined || connection_sequence === undefined) return undefined;
    return this.sessions.get(session_id)?.get(connection_sequence);
  }

  *[Symbol.iterator](): Generator<{
    session_id: string;
    connection_sequence: number;
    connection: Connection;
  }> {
    for (const [session_id, numbers] of this.sessions) {
      for (const [connection_sequence, connection] of numbers) {
        yield { session_id, connection_sequence, connection };
      }
    }
  }

  /** A line of that log names the connection, but not by its number. */
  isNumberless(side: Side, client_id: string | undefined): boolean {
    return client_id !== undefined && this.numberless[side].has(client_id);
  }

  #onServer(record: LogRecord): void {
    switch (record.event) {
      case 'server_started':
        if (this.epochs.at(-1) === 'running') this.epochs[this.epochs.length - 1] = 'killed';
        this.epochs.push('running');
        return;
      case 'server_stopped':
        if (this.epochs.length > 0) this.epochs[this.epochs.length - 1] = 'stopped';
        return;
      case 'connection_opened':
        this.serverLogsOpens = true;
        return this.#serverOpened(record);
      case 'connection_closed':
        return this.#serverClosed(record);
      case 'handshake_rejected': {
        if (record.session_id === undefined || record.connection_sequence === undefined) return;
        const connection = this.#connection(record, 'server');
        if (connection) connection.rejected ??= at(record);
      }
    }
  }

  #serverOpened(record: LogRecord): void {
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
    side.closed ??= {
      ...at(record),
      close_code: codeOf(record),
      closed_by: typeof record.fields.closed_by === 'string' ? record.fields.closed_by : '',
    };
  }

  #onClient(record: LogRecord): void {
    switch (record.event) {
      case 'client_stopped':
        this.clientStopped = true;
        return;
      case 'connection_attempt': {
        const connection = this.#connection(record, 'client');
        if (connection) connection.attempt ??= { ...at(record), document_id: record.document_id };
        return;
      }
      case 'connection_opened':
        return this.#clientOpened(record);
      case 'document_unloaded':
        if (record.connection_sequence === undefined) return;
        return this.#clientEnd(record);
      case 'connection_failed':
      case 'connection_closed':
        return this.#clientEnd(record);
    }
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
      close_code: record.event === 'connection_closed' ? codeOf(record) : null,
    };
  }

  #onFault(record: LogRecord): void {
    const fault = this.faults.add(record);
    if (!fault || record.session_id === undefined || record.connection_sequence === undefined) {
      return;
    }
    const connection = this.#connection(record, 'client');
    if (connection) (connection.faults ??= []).push(fault);
  }

  /** The connection that the record tells of, made if need be; undefined where it names none. */
  #connection(record: LogRecord, side: Side): Connection | undefined {
    const { session_id, connection_sequence, client_id } = record;
    if (session_id === undefined) return undefined;
    if (connection_sequence === undefined) {
      if (client_id !== undefined) this.numberless[side].add(client_id);
      return undefined;
    }
    let numbers = this.sessions.get(session_id);
    if (!numbers) this.sessions.set(session_id, (numbers = new Map()));
    let connection = numbers.get(connection_sequence);
    if (!connection) numbers.set(connection_sequence, (connection = {}));
    return connection;
  }

  #stray(record: LogRecord, side: Side, earlier: Evidence | undefined): void {
    const { session_id, connection_sequence, client_id, event } = record;
    if (session_id === undefined || connection_sequence === undefined) return;
    const where = { session_id, connection_sequence, client_id };
    this.strays.push({ ...at(record), ...where, side, event, earlier });
  }
}

/** The accepted handshakes of one number; more than one where the number was used again. */
export function serverSides({ server, others }: Connection): ServerSide[] {
  if (!server) return [];
  return others ? [server, ...others.values()] : [server];
}

/** The first handshake accepted under the number. */
export function serverOpened(connection: Connection | undefined): ServerOpened | undefined {
  if (!connection) return undefined;
  return serverSides(connection).find(({ opened }) => opened)?.opened;
}

/** The accepted handshake with that `client_id`; without one, the number alone tells them apart. */
function serverSide(connection: Connection, client_id: string | undefined): ServerSide {
  connection.server ??= { client_id };
  const { server } = connection;
  if (sameId(server.client_id, client_id)) return server;
  connection.others ??= new Map();
  let other = connection.others.get(client_id);
  if (!other) connection.others.set(client_id, (other = { client_id }));
  return other;
}

export function sameId(one: string | undefined, other: string | undefined): boolean {
  return one === other || one === undefined || other === undefined;
}

/** Only what was welcomed closes, and only what was not fails; a page's end may find either. */
function fitsEnd({ event, client_id }: LogRecord, { opened }: Connection): boolean {
  if (event === 'connection_closed') return opened !== undefined;
  if (event === 'connection_failed') return opened === undefined;
  return client_id === undefined || opened !== undefined;
}

function codeOf({ fields }: LogRecord): number | null {
  return typeof fields.close_code === 'number' ? fields.close_code : null;
}

function at({ file, line }: LogRecord): Evidence {
  return { file, line };
}
