import { statSync } from 'node:fs';
import type { LogName } from '../core/records.ts';
import { reading } from './errors.ts';
import { findLogs } from './read.ts';

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

export interface SourceOptions {
  map?: LogFormat['map'];
  events?: LogFormat['events'];
  since?: number | null;
  until?: number | null;
}

/**
 * The logs that the user named: files, run directories, directories, globs, `-`.
 *
 * @throws LogUnreadable
 */
export function findSources(named: readonly string[], options: SourceOptions = {}): Source[] {
  const format: LogFormat = {
    map: options.map ?? {},
    events: options.events ?? {},
    since: options.since ?? null,
    until: options.until ?? null,
  };
  return named.flatMap((name) => {
    const isDirectory = reading(name, () => statSync(name)).isDirectory();
    if (!isDirectory) return [{ file: name, log: 'server' as const, stream: 0, format }];
    const { paths } = findLogs(name);
    return (Object.entries(paths) as [LogName, string][]).map(([log, file], stream) => ({
      file,
      log,
      stream,
      format,
    }));
  });
}
