import type { Doubt } from '../model/findings.ts';
import type { LinePlace, LogRecord } from '../model/record.ts';
import { EVENT, placeOf, type Rows } from '../model/rows.ts';
import { keyOf, readLines } from './lines-at.ts';
import { idTableOf, type ReadOptions, type Scan, scanRows } from './scan.ts';
import type { Source } from './sources.ts';

/** What the logs have of one session, beside its lines. */
export interface SessionScan extends Scan {
  /** Its lines beyond those that were asked for. */
  left: number;
}

/**
 * Reads the lines of one session, and those that name it as the one that theirs comes from. Its lines that name their
 * connection alone are among them, with the session and the number that another line of the connection has.
 *
 * @param sources that can be read again
 * @param limit of its lines
 * @throws LogUnreadable
 */
export async function readSession(
  sources: readonly Source[],
  session: string,
  limit: number,
  onRecord: (record: LogRecord) => void,
  options: ReadOptions = {},
): Promise<SessionScan> {
  const wanted = idTableOf([session]);
  const isOwn = (rows: Rows, row: number) =>
    wanted.has(rows.sessionLow(row), rows.sessionHigh(row));
  const isChild = (rows: Rows, row: number) =>
    rows.event(row) === EVENT.session_started &&
    wanted.has(rows.clientLow(row), rows.clientHigh(row));
  const places: LinePlace[] = [];
  /** Of its own lines: what is known of them by others. */
  const numbers = new Map<number, number>();
  let left = 0;
  const scan = await scanRows(
    sources,
    (rows, row) => {
      const isOfSession = isOwn(rows, row);
      if (!isOfSession && !isChild(rows, row)) return;
      if (places.length >= limit) {
        left += 1;
        return;
      }
      const place = placeOf(rows, row);
      places.push(place);
      if (isOfSession) numbers.set(keyOf(place), rows.sequence(row));
    },
    options,
  );
  const doubts: Doubt[] = [...scan.doubts];
  const completed = (record: LogRecord, place: LinePlace) => {
    const number = numbers.get(keyOf(place));
    if (number === undefined) return onRecord(record);
    const connection_sequence = number === 0 ? undefined : number;
    return onRecord({ ...record, session_id: session, connection_sequence });
  };
  await readLines(sources, places, completed, (doubt) => doubts.push(doubt));
  return { files: scan.files, doubts, left };
}
