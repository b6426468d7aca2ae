import { bySession } from '../../src/model/by-session.ts';
import { LOGS } from '../../src/model/rows.ts';
import type { SessionSort } from '../../src/model/session-view.ts';
import { type SessionFigures, SessionFold, WorstSessions } from '../../src/views/index.ts';
import { rowsOf } from '../support/rows.ts';

export const START = Date.UTC(2026, 0, 1);

/** A line, and the log and the file that it stands in. */
interface Line {
  log: (typeof LOGS)[number];
  file: number;
  line: { time: string; event: string; session_id?: string };
}

type Fields = { log?: Line['log']; file?: number } & Record<string, unknown>;

/** A line of session `s` in a server's log; `time` in seconds. */
export function row(event: string, time: number, fields: Fields = {}): Line {
  const { log = 'server', file = 0, ...more } = fields;
  const at = new Date(START + time * 1000).toISOString();
  return { log, file, line: { time: at, event, session_id: 's', ...more } };
}

export const opened = (time: number, connection_sequence: number, fields: Fields = {}) =>
  row('connection_opened', time, { connection_sequence, ...fields });

export const closed = (time: number, connection_sequence: number, fields: Fields = {}) =>
  row('connection_closed', time, { connection_sequence, close_code: 1006, ...fields });

/** @param streams by file */
function folded(lines: Line[], streams: number[] = [0]): SessionFigures[] {
  // Files are read one after the other; a fault log is one more.
  const logOf = (file: number) =>
    lines.find((one) => one.file === file && one.log !== 'faults')?.log ?? 'server';
  const files = streams.map((stream, file) => ({
    log: LOGS.indexOf(logOf(file)),
    stream,
  }));
  const isFault = ({ log }: Line) => log === 'faults';
  files.push({ log: LOGS.indexOf('faults'), stream: 99 });
  const rows = rowsOf(
    lines.map((one) => ({ ...one, file: isFault(one) ? files.length - 1 : one.file })),
  );
  const fold = new SessionFold(files);
  for (const row of lines.keys()) fold.onRow(rows, row);
  const grouped = bySession(rows, lines.length);
  return Array.from({ length: grouped.sessions.size }, (_, session) =>
    grouped.lines.subarray(grouped.starts[session], grouped.starts[session + 1]),
  ).flatMap((own) => (rows.hasSession(own[0] as number) ? (fold.figures(rows, own) ?? []) : []));
}

export const summaryOf = (lines: Line[], streams?: number[]): SessionFigures =>
  folded(lines, streams)[0] as SessionFigures;

export const total = (lines: Line[]): number => folded(lines).length;

/** The ids of the worst, which are numbers. */
export function worst(lines: Line[], sort: SessionSort, limit: number): number[] {
  const sessions = new WorstSessions(sort, limit);
  for (const figures of folded(lines)) sessions.add(figures);
  return sessions.finish().map(({ place }) => Number(lines[place.offset]?.line.session_id));
}
