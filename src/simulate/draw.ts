import { statSync } from 'node:fs';
import { idTableOf, keyOf, linesAt, type Source, scanRows } from '../logs/index.ts';
import type { ChartData } from '../model/chart-data.ts';
import type { RunResult } from '../model/result.ts';
import { LOGS } from '../model/rows.ts';
import { ChartsFold, namedCharts, namedInCharts } from '../views/index.ts';

/**
 * What is drawn of the logs that a result was judged by: a second pass over them. Sessions with
 * findings come first. null where they can't be read again.
 *
 * @throws LogUnreadable
 */
export async function drawLogs(
  sources: readonly Source[],
  { findings }: RunResult,
): Promise<ChartData | null> {
  if (!sources.every(canBeReadAgain)) return null;
  const found = findings.flatMap(({ session_id }) => session_id ?? []);
  const files = sources.map(({ log, stream }) => ({ log: LOGS.indexOf(log), stream }));
  const fold = new ChartsFold(files, idTableOf(found));
  await scanRows(sources, (rows, row) => fold.onRow(rows, row));
  const charts = fold.finish();
  const records = await linesAt(sources, namedInCharts(charts));
  return namedCharts(charts, {
    session_id: (place) => records.get(keyOf(place))?.session_id ?? '?',
    fault: (place) => String(records.get(keyOf(place))?.fields.fault ?? '?'),
  });
}

/** Standard input and pipes are gone once they are read. */
const canBeReadAgain = ({ file }: Source): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
