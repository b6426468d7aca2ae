import { IdTable } from './id-table.ts';
import type { Rows } from './rows.ts';

/** Rows by their sessions. */
export interface BySession {
  sessions: IdTable;
  /** All rows, those of one session behind those of another, each in its order. */
  lines: Int32Array;
  /** Where each session's rows begin in it, and the end. */
  starts: Int32Array;
}

/** Rows sorted by their sessions, and within each in the order of their lines: some came late, when they were named. */
export function bySession(rows: Rows, size: number): BySession {
  const sessions = new IdTable();
  const sessionOf = new Int32Array(size);
  let counts = new Int32Array(1024);
  for (let row = 0; row < size; row++) {
    const session = sessions.add(rows.sessionLow(row), rows.sessionHigh(row));
    sessionOf[row] = session;
    if (session >= counts.length) {
      const more = new Int32Array(2 * counts.length);
      more.set(counts);
      counts = more;
    }
    (counts[session] as number)++;
  }
  const starts = new Int32Array(sessions.size + 1);
  for (let session = 0; session < sessions.size; session++) {
    starts[session + 1] = (starts[session] as number) + (counts[session] as number);
  }
  const next = starts.slice();
  const lines = new Int32Array(size);
  for (let row = 0; row < size; row++) {
    const session = sessionOf[row] as number;
    lines[next[session] as number] = row;
    (next[session] as number)++;
  }
  for (let session = 0; session < sessions.size; session++) {
    inOrder(rows, lines.subarray(starts[session], starts[session + 1]));
  }
  return { sessions, lines, starts };
}

/** Sorts rows by the places of their lines. Nearly all are so already. */
export function inOrder(rows: Rows, lines: Int32Array): Int32Array {
  for (let at = 1; at < lines.length; at++) {
    if (rows.position(lines[at - 1] as number) > rows.position(lines[at] as number)) {
      return lines.sort((one, other) => rows.position(one) - rows.position(other));
    }
  }
  return lines;
}
