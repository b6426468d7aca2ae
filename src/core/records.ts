/**
 * What stands in the logs. One NDJSON line is one event; field names are snake_case with the unit
 * last. Every event also carries `time` (ISO 8601 UTC, milliseconds), `level`, `event` and `msg`.
 */

/** Version of the log format, written as `log_schema` on the first line of each log. */
export const LOG_SCHEMA = 1;

/** Who ended a connection, as far as the server can tell. */
export type ClosedBy = 'peer' | 'server' | 'network' | 'heartbeat' | 'superseded';

/** Why a session began. */
export type SessionReason = 'new' | 'storage-invalid' | 'storage-cleared' | 'duplicate-tab';

/**
 * Why a document went: the tab reloaded, the tab was closed, or the run ended around an open tab.
 */
export type UnloadReason = 'reload' | 'close' | 'end';

interface ConnectionKey {
  session_id: string;
  connection_sequence: number;
}

interface LogStarted {
  wsdiag_version: string;
  log_schema: number;
}

interface LogStopped extends LogStarted {
  /** 99th percentile of the process's event-loop delay; null where it was not measured. */
  event_loop_delay_p99_ms: number | null;
  /** Lines of this process before this one; the log puts it there. */
  lines?: number;
}

interface CloseFields extends ConnectionKey {
  client_id: string;
  close_code: number;
  close_reason: string;
  was_clean: boolean;
  duration_seconds: number;
}

/** Events of `server.ndjson`. */
export interface ServerEvents {
  server_started: LogStarted & { url: string };
  server_stopped: LogStopped & { url: string };
  connection_opened: ConnectionKey & {
    client_id: string;
    document_id: string | null;
    session_verified: boolean;
    remote_address: string;
  };
  connection_closed: CloseFields & { closed_by: ClosedBy };
  handshake_rejected: {
    client_id: string;
    reason: string;
    /** Close code where the WebSocket was open, null where the upgrade itself was refused. */
    close_code: number | null;
    /** HTTP status of a refused upgrade, else null. */
    http_status: number | null;
    remote_address: string;
    /** What was readable of the hello; left out where nothing was. */
    session_id?: string;
    connection_sequence?: number;
    document_id?: string;
  };
}

/** Events of `client.ndjson`. */
export interface ClientEvents {
  client_started: LogStarted & { url: string };
  client_stopped: LogStopped & {
    /** The run was stopped by a signal before its time. */
    interrupted: boolean;
  };
  session_started: {
    session_id: string;
    reason: SessionReason;
    /** The session this one comes from (its copy's, or the one that lost its storage), else null. */
    parent_session_id: string | null;
    document_id: string;
  };
  /** The client's storage went back in time; the server's `last_seen_sequence` moved it ahead. */
  sequence_advanced: ConnectionKey & { document_id: string; last_seen_sequence: number };
  document_loaded: {
    session_id: string;
    document_id: string;
    navigation: 'navigate' | 'reload';
  };
  document_unloaded: {
    session_id: string;
    document_id: string;
    /** The connection or attempt that ended with the page; null where there was none. */
    connection_sequence: number | null;
    /** Set where that connection had been welcomed. */
    client_id: string | null;
    reason: UnloadReason;
  };
  connection_attempt: ConnectionKey & {
    document_id: string;
    /** Wait before this dial, milliseconds. */
    delay_ms: number;
    /** Failures in a row before this dial; 0 for the first. */
    backoff_attempt: number;
  };
  connection_opened: ConnectionKey & { document_id: string; client_id: string };
  connection_failed: ConnectionKey & {
    document_id: string;
    error: string;
    http_status: number | null;
  };
  connection_closed: CloseFields & { document_id: string };
}

/** Events of `faults.ndjson`: one line for each fault on each session. */
export interface FaultEvents {
  faults_started: LogStarted;
  faults_stopped: Omit<LogStopped, 'event_loop_delay_p99_ms'>;
  fault_injected: {
    fault: string;
    /** Lines of one occurrence share it; from 1. */
    occurrence: number;
    /** null for a fault of the server that found no session. */
    session_id: string | null;
    /** The connection or attempt it hit; null where the session had none. */
    connection_sequence: number | null;
    /** Close code the client is expected to see; null for none. */
    client_close_code: number | null;
    /** Close code the server is expected to see; null for none. */
    server_close_code: number | null;
    /** The connection goes half-open: the server learns of its end only by heartbeat or successor. */
    half_open: boolean;
    /** The server process is killed: it writes no close lines. */
    kills_server: boolean;
    /** Frames are held back: what one side did, the other sees later, or never. */
    delays_frames: boolean;
  };
}

export interface LogEvents {
  server: ServerEvents;
  client: ClientEvents;
  faults: FaultEvents;
}
export type LogName = keyof LogEvents;

/** Files of a run directory, in the order they are read. */
export const LOG_FILES = {
  server: 'server.ndjson',
  client: 'client.ndjson',
  faults: 'faults.ndjson',
} as const satisfies Record<LogName, string>;

/** Writes one event; the shell adds `time` and `level`. */
export type WriteLog<L extends LogName> = <E extends keyof LogEvents[L] & string>(
  event: E,
  fields: LogEvents[L][E],
) => void;

/** Sessions that are told apart; logs with more can't be judged in bounded memory. */
export const MAX_SESSIONS = 1_000_000;

/**
 * One connection event as numbers: what a fold over millions of lines needs. The object is used again
 * for the next line, so it is valid during the call only.
 */
export interface Row {
  log: LogName;
  /** Whose log it is: each server's clock and order are its own. */
  stream: number;
  /** One string object for each event, so that `===` is a comparison of pointers. */
  event: string;
  /** Index into the scan's files. */
  file: number;
  /** From 1. */
  line: number;
  /** Milliseconds since the epoch. */
  time: number;
  /** The session's index, from 0 by first appearance; -1 where the line names none. */
  session: number;
  /** Index of the session that this one came from, -1 where the line names none. */
  parent: number;
  /** 0 where the line has none that is usable. */
  connection_sequence: number;
  /** Hash of `client_id`; 0 where there is none. */
  client_hash: number;
  /** Hash of `document_id`; 0 where there is none. */
  document_hash: number;
  /** 0 where there is none. */
  close_code: number;
  /** NaN where there is none. */
  duration_seconds: number;
  /** The server says that the session is not verified. */
  unverified: boolean;
  /** For what is not in numbers; undefined for a connection's opening, closing and attempt. */
  record: LogRecord | undefined;
}

/** A close code as a frame could carry it, in 16 bits; 0 for anything else that a line has there. */
export function closeCodeOf(value: unknown): number {
  const isCode = Number.isInteger(value) && (value as number) > 0 && (value as number) <= 0xffff;
  return isCode ? (value as number) : 0;
}

/** Seconds, from 0; NaN for anything else: some write -1 for a duration that they don't know. */
export function durationOf(value: unknown): number {
  const isDuration = typeof value === 'number' && value >= 0 && value < Number.POSITIVE_INFINITY;
  return isDuration ? value : Number.NaN;
}

/** Whether two `client_id`s are one connection's: where a line has none, the number alone tells. */
export function sameId(one: string | undefined, other: string | undefined): boolean {
  return one === other || one === undefined || other === undefined;
}

/** One line of a log, read back. Fields that came from outside are whatever the line held. */
export interface LogRecord {
  log: LogName;
  /** Whose log it is: each server's clock and order are its own; absent where there is one alone. */
  stream?: number;
  /** Path as the user named it. */
  file: string;
  /** From 1. */
  line: number;
  /** Milliseconds since the epoch. */
  time: number;
  event: string;
  session_id: string | undefined;
  /** A safe positive integer, or undefined where the line holds anything else. */
  connection_sequence: number | undefined;
  client_id: string | undefined;
  document_id: string | undefined;
  /** The whole parsed line. */
  fields: Readonly<Record<string, unknown>>;
}
