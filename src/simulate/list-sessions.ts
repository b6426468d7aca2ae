import {
  keyOf,
  loadPart,
  openScanners,
  partsFor,
  type ReadOptions,
  RowStore,
  readLines,
  type Scan,
  type Source,
  scanRows,
  sessionTooLong,
  takeSnapshot,
} from '../logs/index.ts';
import { bySession } from '../model/by-session.ts';
import { FieldsSeen } from '../model/fields-seen.ts';
import type { LinePlace } from '../model/record.ts';
import { EVENT, LOGS } from '../model/rows.ts';
import type { SessionSort, SessionSummary } from '../model/session-view.ts';
import { SessionFold, WorstSessions } from '../views/index.ts';
import { requireApart } from './runs-apart.ts';

export interface ListedSessions extends Scan {
  /** Sessions that a server's or a client's log tells of. */
  total: number;
  /** Those of them whose page gave up for good. */
  given_up_sessions: number;
  /** Lines about connections that name no session. */
  lines_without_session: number;
  /** The worst first. */
  sessions: SessionSummary[];
  /** Fields that no line has. */
  lacks: FieldsSeen['lacks'];
}

/**
 * Lists the worst sessions of logs.
 *
 * @throws LogUnreadable
 * @throws NoTemporaryFiles
 */
export async function listSessions(
  named: readonly Source[],
  sort: SessionSort,
  limit: number,
  options: ReadOptions = {},
): Promise<ListedSessions> {
  await requireApart(named, { signal: options.signal });
  const snapshot = await takeSnapshot(named, options.signal);
  const { sources } = snapshot;
  const scanners = openScanners(sources);
  const store = new RowStore(partsFor(sources));
  try {
    const fold = new SessionFold(
      sources.map(({ log, stream }) => ({ log: LOGS.indexOf(log), stream })),
    );
    const seen = new FieldsSeen();
    let lines_without_session = 0;
    const scan = await scanRows(
      sources,
      (rows, row) => {
        seen.onRow(rows, row);
        fold.onRow(rows, row);
        if (rows.hasSession(row)) store.add(rows, row);
        else if (isAboutConnection(rows.event(row))) lines_without_session += 1;
      },
      { ...options, scanners },
    );
    const worst = new WorstSessions(sort, limit);
    const tooLong = sumUp(store, fold, worst);
    const figures = worst.finish();
    const idOf = await idsAt(sources, [...figures.map(({ place }) => place), ...tooLong]);
    const sessions = figures.map((one): SessionSummary => {
      const { place, low: _low, high: _high, ...summary } = one;
      return { session_id: idOf(place), ...summary };
    });
    return {
      files: scan.files,
      doubts: [...scan.doubts, ...tooLong.map((place) => sessionTooLong(idOf(place)))],
      total: worst.total + tooLong.length,
      given_up_sessions: worst.givenUp,
      lines_without_session,
      sessions,
      lacks: seen.lacks,
    };
  } finally {
    store.release();
    await scanners.close();
    snapshot.release();
  }
}

const isAboutConnection = (event: number): boolean =>
  event <= EVENT.connection_failed || event === EVENT.handshake_rejected;

/** @returns a line of each session that has too many to be looked at */
function sumUp(store: RowStore, fold: SessionFold, worst: WorstSessions): LinePlace[] {
  const stored = store.finish();
  const left: LinePlace[] = [];
  for (const part of stored.parts.keys()) {
    for (const { rows, size, tooLong } of loadPart(stored, part, (_low, high) => high)) {
      left.push(...tooLong);
      const { sessions, lines, starts } = bySession(rows, size);
      for (let session = 0; session < sessions.size; session++) {
        const own = lines.subarray(starts[session], starts[session + 1]);
        const figures = fold.figures(rows, own);
        if (figures) worst.add(figures);
      }
    }
  }
  return left;
}

/** The ids of the sessions that those lines name. */
async function idsAt(
  sources: readonly Source[],
  places: readonly LinePlace[],
): Promise<(place: LinePlace) => string> {
  const ids = new Map<number, string>();
  await readLines(sources, places, ({ session_id }, place) => {
    if (session_id !== undefined) ids.set(keyOf(place), session_id);
  });
  return (place) => ids.get(keyOf(place)) ?? 'a line that has changed';
}
