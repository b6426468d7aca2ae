import {
  hold,
  keyOf,
  linesAt,
  loadPart,
  openScanners,
  partsFor,
  type ReadOptions,
  RowStore,
  readSessionIds,
  type Scan,
  type Source,
  scanRows,
  totalSize,
} from '../logs/index.ts';
import { bySession } from '../model/by-session.ts';
import { LOGS } from '../model/rows.ts';
import type { SessionSort, SessionSummary } from '../model/session-view.ts';
import { type SessionFigures, SessionFold, WorstSessions } from '../views/index.ts';

export interface ListedSessions extends Scan {
  /** Sessions that a server's or a client's log tells of. */
  total: number;
  /** The worst first. */
  sessions: SessionSummary[];
}

/** More ids than that are found in one pass sooner than one by one. */
const MANY = 1000;

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
  const held = await hold(named, options.signal);
  const { sources } = held;
  const scanners = openScanners(sources);
  const store = new RowStore(partsFor(totalSize(sources) ?? 0));
  try {
    const fold = new SessionFold(
      sources.map(({ log, stream }) => ({ log: LOGS.indexOf(log), stream })),
    );
    const scan = await scanRows(
      sources,
      (rows, row) => {
        fold.onRow(rows, row);
        if (rows.hasSession(row)) store.add(rows, row);
      },
      { ...options, scanners },
    );
    const worst = worstOf(store, fold, new WorstSessions(sort, limit));
    const figures = worst.finish();
    const idOf = await idsOf(sources, figures, { signal: options.signal, scanners });
    const sessions = figures.map((one): SessionSummary => {
      const { place: _place, low: _low, high: _high, ...summary } = one;
      return { session_id: idOf(one), ...summary };
    });
    return { ...scan, total: worst.total, sessions };
  } finally {
    store.release();
    await scanners.close();
    held.release();
  }
}

function worstOf(store: RowStore, fold: SessionFold, worst: WorstSessions): WorstSessions {
  const stored = store.finish();
  for (const part of stored.parts.keys()) {
    for (const { rows, size } of loadPart(stored, part, (_low, high) => high)) {
      const { sessions, lines, starts } = bySession(rows, size);
      for (let session = 0; session < sessions.size; session++) {
        const own = lines.subarray(starts[session], starts[session + 1]);
        const figures = fold.figures(rows, own);
        if (figures) worst.add(figures);
      }
    }
  }
  return worst;
}

/** Where few are shown, they are looked up by a line of each. */
async function idsOf(
  sources: readonly Source[],
  figures: readonly SessionFigures[],
  options: ReadOptions,
): Promise<(figures: SessionFigures) => string> {
  const unknown = 'a line that has changed';
  if (figures.length > MANY) {
    const ids = await readSessionIds(sources, options);
    return ({ low, high }) => ids.find(low, high) ?? unknown;
  }
  const records = await linesAt(
    sources,
    figures.map(({ place }) => place),
  );
  return ({ place }) => records.get(keyOf(place))?.session_id ?? unknown;
}
