/**
 * What stands in the logs. One NDJSON line is one event; field names are snake_case with the unit
 * last. Every event also carries `time` (ISO 8601 UTC, milliseconds), `level`, `event` and `msg`.
 */

/** Version of the log format, written as `log_schema` on the first line of each log. */
export const LOG_SCHEMA = 1;

/** Who ended a connection, as far as the server can tell. */
export type ClosedBy = 'peer' | 'server' | 'network' | 'heartbeat' | 'superseded';

/** Why a session began. `frame`: another document of the tab, such as the page around it, has the tab's first. */
export type SessionReason =
  | 'new'
  | 'storage-invalid'
  | 'storage-cleared'
  | 'duplicate-tab'
  | 'frame';

/** How a document came to be, in the words of `PerformanceNavigationTiming.type`. */
export type NavigationType = 'navigate' | 'reload' | 'back_forward';

/**
 * Why a document went: `reload`; `navigate`, to another page; `close`, with its tab, or by its client's own
 * `end()`; `end`, the run ended around an open tab; `bfcache`, it was left and may come back (`pagehide` with
 * `persisted`); `discard`, by a browser that wanted its memory; `pagehide`, any of these, for a page can't tell.
 * `gave-up`: its page is still there, but a close code told its client to dial no more.
 * `vanished`: it never said so, as when it crashes, and the next document of its session found it gone.
 */
export type UnloadReason =
  | 'reload'
  | 'navigate'
  | 'close'
  | 'end'
  | 'bfcache'
  | 'discard'
  | 'pagehide'
  | 'vanished'
  | 'gave-up';

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
  close_code: number;
  close_reason: string;
  was_clean: boolean;
  duration_seconds: number;
}

/** Events of `server.ndjson`. */
export interface ServerEvents {
  /**
   * `node`: which of several it is, from 1. `start_ms`: of one that was started again, milliseconds from being told to
   * until it listened.
   */
  server_started: LogStarted & { url: string; node?: number; start_ms?: number };
  server_stopped: LogStopped & { url: string };
  connection_opened: ConnectionKey & {
    client_id: string;
    document_id: string | null;
    session_verified: boolean;
    remote_address: string;
  };
  connection_closed: CloseFields & { client_id: string; closed_by: ClosedBy };
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
    /** With `foreign-origin`: whose page it was. */
    origin?: string;
  };
}

/** Events of `client.ndjson`. */
export interface ClientEvents {
  client_started: LogStarted & { url: string; node_version?: string };
  client_stopped: LogStopped & {
    /** The run was stopped by a signal before its time. */
    interrupted: boolean;
  };
  session_started: {
    session_id: string;
    reason: SessionReason;
    /** The session this one comes from (its copy's, its tab's first, or the one that lost its storage), else null. */
    parent_session_id: string | null;
    document_id: string;
    /** What the client is called in its run's plan; pages have none. */
    client?: string;
  };
  /** The client's storage went back in time; the server's `last_seen_sequence` moved it ahead. */
  sequence_advanced: ConnectionKey & { document_id: string; last_seen_sequence: number };
  document_loaded: {
    session_id: string;
    document_id: string;
    navigation: NavigationType;
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
  /** `client_id` is null where the server's welcome has none, as in protocols without one. */
  connection_opened: ConnectionKey & { document_id: string; client_id: string | null };
  connection_failed: ConnectionKey & {
    document_id: string;
    error: string;
    http_status: number | null;
  };
  connection_closed: CloseFields & { document_id: string; client_id: string | null };
}

/** Events of `faults.ndjson`: one line for each fault on each session, and what became of a target's processes. */
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
    /** The page may go without a word, and no later one need know of it. */
    takes_page: boolean;
    /** The next page has the storage of some time ago. */
    restores_storage: boolean;
    /** Which node of the server it happened to, from 1, where there are several. */
    node?: number;
    /** Which worker hit its own sessions with it, from 1, where workers play the clients. */
    worker?: number;
  };
  /** One that lasted is over; where it took the server down, that is up again. */
  fault_ended: {
    fault: string;
    occurrence: number;
  };
  /** A target's command is ready. */
  target_started: Record<never, never>;
  /** It is about to be killed. */
  target_killed: Record<never, never>;
  /** No process of it is left. */
  target_ended: {
    /** It was killed: it need not have logged anything of its end. */
    killed: boolean;
    /** `exit 1`, or the signal that ended it. */
    exit: string;
    /** Lines that the run's copy of its log has by then; null without a log. */
    log_lines: number | null;
  };
  /** A process that plays some of the clients is ready: client-first, client-(first + every), … */
  worker_joined: {
    /** From 1. */
    worker: number;
    name: string;
    machine: string;
    /** How many clients it plays. */
    clients: number;
    first_client: number;
    every: number;
    /** Its wall clock less the coordinator's, when it joined. */
    clock_offset_ms: number;
    /** The offset is known to within this: half of the fastest round trip, and the step of wall clocks. */
    clock_error_ms: number;
  };
  /** It played to its end, and its clock was read again; nulls where that could not be. */
  worker_left: {
    worker: number;
    clock_offset_ms: number | null;
    clock_error_ms: number | null;
  };
  worker_lost: {
    worker: number;
    reason: WorkerLostReason;
    error?: string;
  };
}

/** How a worker was lost: its connection went, it no longer answered, or it said itself that it can't go on. */
export const WORKER_LOST_REASONS = ['gone', 'silent', 'failed'] as const;
export type WorkerLostReason = (typeof WORKER_LOST_REASONS)[number];

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

/** In place of the server's, where it has several nodes: that of each, from 1. */
export const nodeLog = (node: number): string => `server-${node}.ndjson`;
export const NODE_LOG = /^server-\d+\.ndjson$/;

/** In place of the clients', and beside the coordinator's of faults, where workers play: that of each, from 1. */
export const workerLog = (log: 'client' | 'faults', worker: number): string =>
  `${log}-${worker}.ndjson`;
export const WORKER_LOGS = {
  client: /^client-\d+\.ndjson$/,
  faults: /^faults-\d+\.ndjson$/,
} as const;

/** In place of the server's: what a server of the user's own logged in a run, as it wrote it. */
export const TARGET_LOG = 'server.log';
/** The description that it is read by, where it needs one. */
export const TARGET_LOG_FORMAT = 'log-format.yaml';

/** Writes one event; the shell adds `time` and `level`. */
export type WriteLog<L extends LogName> = <E extends keyof LogEvents[L] & string>(
  event: E,
  fields: LogEvents[L][E],
) => void;
