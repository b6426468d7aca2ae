/** What is told of sessions: a line for each in a table, or one of them from its beginning to its end. */

import type { LogRecord } from './record.ts';

/** What makes a session one of the worst. */
export const SESSION_SORTS = ['reconnects', 'gaps', 'churn', 'last'] as const;
export type SessionSort = (typeof SESSION_SORTS)[number];

/** Connections that lived shorter are churn, seconds. */
export const CHURN_SECONDS = 10;

/**
 * One session by the logs of one side: the server's, or the client's where no server log has the
 * session. So no connection is counted twice.
 */
export interface SessionSummary {
  session_id: string;
  told_by: 'server' | 'client';
  /** `connection_opened` lines, and `connection_closed` lines of which the log has no opening. */
  connections: number;
  /** Connections after the first. */
  reconnects: number;
  /** `connection_failed` lines of the client's logs; null where they have nothing of the session. */
  failed_attempts: number | null;
  /** Its page gave up for good, and none was welcomed since; null where no client's log has the session. */
  gave_up: boolean | null;
  lowest_sequence: number | null;
  highest_sequence: number | null;
  /** Numbers between the lowest and the highest that no line has; null where no line has a number. */
  gaps: number | null;
  /** Most connections that were open at once; null where it is not known when any was. */
  at_once: number | null;
  /** Connections of which the log has the end, and of these the ones whose lifetimes are known. */
  ended_connections: number;
  known_lifetimes: number;
  /** Connections that are open at the end of the logs; null where these tell of no opens, or no ends. */
  open_connections: number | null;
  /** Of the known lifetimes, those under `CHURN_SECONDS`; null where none is known. */
  churn: number | null;
  /** Closes with 1006. */
  abnormal_closes: number;
  last_close_code: number | null;
  /** ISO 8601, UTC. */
  first_seen: string;
  /** ISO 8601, UTC. */
  last_seen: string;
  /** Sum of the known lifetimes; null where none is known. */
  connected_seconds: number | null;
  /** The longest time without a connection between two of one clock; null where there is none. */
  longest_gap_seconds: number | null;
}

/** One number of a session as each log tells it, or what happened around no connection. */
export interface Chapter {
  /** null for lines that name none. */
  connection_sequence: number | null;
  client: LogRecord[];
  server: LogRecord[];
  faults: LogRecord[];
  /** From open to end by the times of these lines; null where they don't tell. */
  lived_seconds: Record<'client' | 'server', number | null>;
}

/** The logs of one process, and so one clock. */
export interface Clock {
  side: 'client' | 'server';
  /** Those that have the session. */
  files: string[];
  /** Lines about the session. */
  lines: number;
  /** Of the first of these lines, milliseconds since the epoch. */
  start: number;
}

/** One session from its beginning to its end. */
export interface SessionView {
  session_id: string;
  clocks: Clock[];
  /** `session_started` of sessions that came from this one. */
  children: LogRecord[];
  /** Aligned by connection number, never by time. */
  chapters: Chapter[];
  /** Lines about the session beyond those that are held. */
  left_out: number;
}
