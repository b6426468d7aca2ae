import { statSync } from 'node:fs';
import { idTableOf, keyOf, linesAt, type Source, scanRows, takeSnapshot } from '../logs/index.ts';
import type { ChartData } from '../model/chart-data.ts';
import type { RunResult } from '../model/result.ts';
import { LOGS } from '../model/rows.ts';
import { ChartsFold, namedCharts, namedInCharts } from '../views/index.ts';

/**
 * What is drawn of the logs that a result was judged by: a second pass over them, as far as they were judged.
 * Sessions with findings come first. null where they can't be read again, or others are in their place.
 *
 * @throws LogUnreadable
 */
export async function drawLogs(
  sources: readonly Source[],
  { findings, evidence }: RunResult,
): Promise<ChartData | null> {
  if (!sources.every(canBeReadAgain)) return null;
  const snapshot = await takeSnapshot(sources);
  try {
    const found = findings.flatMap(({ session_id }) => session_id ?? []);
    const files = snapshot.sources.map(({ log, stream }) => ({ log: LOGS.indexOf(log), stream }));
    const fold = new ChartsFold(files, idTableOf(found));
    const judged = sources.map(({ file }) => evidence.find((log) => log.file === file)?.lines ?? 0);
    const scan = await scanRows(snapshot.sources, (rows, row) => {
      if (rows.line(row) <= (judged[rows.file(row)] as number)) fold.onRow(rows, row);
    });
    if (scan.files.some(({ lines }, file) => lines < (judged[file] as number))) return null;
    const charts = fold.finish();
    const records = await linesAt(snapshot.sources, namedInCharts(charts));
    return namedCharts(charts, {
      session_id: (place) => records.get(keyOf(place))?.session_id ?? '?',
      fault: (place) => String(records.get(keyOf(place))?.fields.fault ?? '?'),
    });
  } finally {
    snapshot.release();
  }
}

/** Standard input and pipes are gone once they are read. */
const canBeReadAgain = ({ file }: Source): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
