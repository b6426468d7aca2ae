import type { Rows } from '../model/rows.ts';
import type { Attempt } from './attempt.ts';
import type { Facts } from './facts.ts';

/** The end of nothing, or of something that had ended. */
export interface OrphanedEnd {
  row: number;
  log: 'server' | 'client';
  /** Where the connection had ended before: the row that says so; -1 where it had no beginning. */
  earlier: number;
}

/** A use of a number that had no end when the client used the number again. */
export interface UnendedUse {
  /** Its welcome or, without one, its attempt. */
  begun: number;
  /** The attempt that uses the number again. */
  again: number;
}

/** A session's lines, as rows, and what they tell of each of its attempts. Valid while it is judged. */
export interface Session {
  readonly rows: Rows;
  /** Halves of its id's hash; 0 and 0 for lines that name no session. */
  low: number;
  high: number;
  family: Family;
  /** Rows, in the order in which logs are read: those of servers, of clients, and of faults. */
  server: Int32Array;
  client: Int32Array;
  faults: Int32Array;
  /** The same, by the log that they stand in: there is no order between two. */
  serverLogs: readonly LogLines[];
  clientLogs: readonly LogLines[];
  attempts: readonly Attempt[];
  orphanedEnds: readonly OrphanedEnd[];
  unendedUses: readonly UnendedUse[];
  /** The numbers that each log tells of. */
  span: Record<'server' | 'client', Span>;
  attemptOf(row: number): Attempt | undefined;
  /** The next row of the same attempt; -1 for none. */
  next(row: number): number;
  /** No earlier line of its log tells of that attempt or connection. */
  isUnheardOf(row: number): boolean;
  /** The same, and it may have begun before its log. */
  isLeftOver(row: number): boolean;
  /** That stream has closes of the session of which the opens are in another log of their server. */
  hasOpensElsewhere(stream: number): boolean;
  /** The row that shows that what the row begins ended with its page, which went without a word; -1 for none. */
  endOf(row: number): number;
  /** It is shown that the row's page went without a word, before the other row. */
  hasVanishedBefore(row: number, other: number): boolean;
  /** A page used the row's number before it could know that its browser had brought back older storage. */
  isOfOlderStorage(row: number): boolean;
  /** A peer without the session's token, and nothing shows that it was the session's own. */
  isStranger(row: number): boolean;
}

export interface Span {
  lowest: number;
  highest: number;
}

/** Sessions that are linked: judged together. */
export interface Family {
  sessions: Session[];
  /** Frames may have been held back: latency stays with a tab that takes up another session. */
  isDelayed(session: Session): boolean;
  /** When browsers were killed and brought back older storage, as faults tell; milliseconds, in order. */
  readonly restores: readonly number[];
}

/** A session's lines in one log. */
export interface LogLines {
  stream: number;
  lines: Int32Array;
}

/** Lines of each server's, or each client's, log: they stand together. Most sessions are in one. */
export function logsOf(rows: Rows, lines: Int32Array, facts: Facts): readonly LogLines[] {
  if (lines.length === 0) return NO_LOGS;
  const streamOf = (at: number) => facts.streamOf(rows, lines[at] as number);
  const stream = streamOf(0);
  if (streamOf(lines.length - 1) === stream) return [{ stream, lines }];
  const logs: LogLines[] = [];
  for (let from = 0; from < lines.length; ) {
    const stream = streamOf(from);
    let to = from + 1;
    while (to < lines.length && streamOf(to) === stream) to += 1;
    logs.push({ stream, lines: lines.subarray(from, to) });
    from = to;
  }
  return logs;
}

const NO_LOGS: readonly LogLines[] = [];
