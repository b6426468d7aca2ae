import type { LogName } from '../core/records.ts';

/** One file of a log. */
export interface Source {
  /** Path as the user named it, or as it was found; `-` for standard input. */
  file: string;
  log: LogName;
  /** Whose log it is: the rotated files of one server share it, from 0. */
  stream: number;
  format: LogFormat;
}

/** How lines of a log are to be understood. Plain data: it is handed to worker threads. */
export interface LogFormat {
  /** For canonical field names, the path of keys that holds them: `session_id: ['ctx', 'sid']`. */
  map: Readonly<Record<string, readonly string[]>>;
  /** For canonical event names, the value that stands for them: `connection_closed: 'ws.close'`. */
  events: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; lines before are ignored. */
  since: number | null;
  /** Milliseconds since the epoch; lines at or after it are ignored. */
  until: number | null;
}
