import type { LogEvents, LogName } from '../core/records.ts';

export type ColumnType =
  | 'BIGINT'
  | 'BOOLEAN'
  | 'DOUBLE'
  | 'INTEGER'
  | 'JSON'
  | 'TIMESTAMPTZ'
  | 'VARCHAR';

/** Columns of every table. */
type Common = 'time' | 'event' | 'level' | 'msg' | 'file' | 'line' | 'fields';
type KeyOf<T> = T extends unknown ? keyof T & string : never;
/** A field of any event that a log can hold. */
type FieldOf<L extends LogName> = KeyOf<LogEvents[L][keyof LogEvents[L]]>;
type Columns<L extends LogName> = Record<Common | FieldOf<L>, ColumnType>;

interface Table<L extends LogName> {
  name: string;
  /** What a story is read by comes first: a narrow terminal shows the first columns alone. */
  columns: Columns<L>;
}

/** What every line ends with. */
const LINE = {
  level: 'INTEGER',
  msg: 'VARCHAR',
  file: 'VARCHAR',
  line: 'BIGINT',
  fields: 'JSON',
} as const;

/** What lines about processes hold. */
const PROCESS = {
  wsdiag_version: 'VARCHAR',
  log_schema: 'INTEGER',
  event_loop_delay_p99_ms: 'DOUBLE',
  lines: 'BIGINT',
} as const;

/** The table of each log. A field that `core/records` gains is asked for here by the compiler. */
export const TABLES: { [L in LogName]: Table<L> } = {
  server: {
    name: 'websocket_logs',
    columns: {
      time: 'TIMESTAMPTZ',
      session_id: 'VARCHAR',
      connection_sequence: 'BIGINT',
      event: 'VARCHAR',
      close_code: 'INTEGER',
      duration_seconds: 'DOUBLE',
      closed_by: 'VARCHAR',
      close_reason: 'VARCHAR',
      was_clean: 'BOOLEAN',
      client_id: 'VARCHAR',
      document_id: 'VARCHAR',
      session_verified: 'BOOLEAN',
      remote_address: 'VARCHAR',
      reason: 'VARCHAR',
      origin: 'VARCHAR',
      http_status: 'INTEGER',
      url: 'VARCHAR',
      node: 'INTEGER',
      start_ms: 'DOUBLE',
      ...PROCESS,
      ...LINE,
    },
  },
  client: {
    name: 'client_logs',
    columns: {
      time: 'TIMESTAMPTZ',
      session_id: 'VARCHAR',
      connection_sequence: 'BIGINT',
      event: 'VARCHAR',
      close_code: 'INTEGER',
      duration_seconds: 'DOUBLE',
      error: 'VARCHAR',
      http_status: 'INTEGER',
      delay_ms: 'DOUBLE',
      backoff_attempt: 'INTEGER',
      close_reason: 'VARCHAR',
      was_clean: 'BOOLEAN',
      client_id: 'VARCHAR',
      document_id: 'VARCHAR',
      navigation: 'VARCHAR',
      reason: 'VARCHAR',
      parent_session_id: 'VARCHAR',
      client: 'VARCHAR',
      last_seen_sequence: 'BIGINT',
      url: 'VARCHAR',
      node_version: 'VARCHAR',
      interrupted: 'BOOLEAN',
      ...PROCESS,
      ...LINE,
    },
  },
  faults: {
    name: 'faults',
    columns: {
      time: 'TIMESTAMPTZ',
      fault: 'VARCHAR',
      occurrence: 'INTEGER',
      session_id: 'VARCHAR',
      connection_sequence: 'BIGINT',
      client_close_code: 'INTEGER',
      server_close_code: 'INTEGER',
      half_open: 'BOOLEAN',
      kills_server: 'BOOLEAN',
      node: 'INTEGER',
      delays_frames: 'BOOLEAN',
      takes_page: 'BOOLEAN',
      restores_storage: 'BOOLEAN',
      killed: 'BOOLEAN',
      exit: 'VARCHAR',
      log_lines: 'BIGINT',
      worker: 'INTEGER',
      name: 'VARCHAR',
      machine: 'VARCHAR',
      clients: 'BIGINT',
      first_client: 'BIGINT',
      every: 'BIGINT',
      clock_offset_ms: 'DOUBLE',
      clock_error_ms: 'DOUBLE',
      reason: 'VARCHAR',
      error: 'VARCHAR',
      event: 'VARCHAR',
      ...PROCESS,
      ...LINE,
    },
  },
};

export const LOG_NAMES = Object.keys(TABLES) as LogName[];
