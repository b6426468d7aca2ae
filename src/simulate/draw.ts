import fs, { statSync } from 'node:fs';
import { idTableOf, keyOf, linesAt, type Source, scanRows, takeSnapshot } from '../logs/index.ts';
import type { ChartData } from '../model/chart-data.ts';
import type { AboutRun, Quotes } from '../model/quotes.ts';
import type { LinePlace, LogRecord } from '../model/record.ts';
import type { RunResult } from '../model/result.ts';
import { EVENT, LOGS, placeOf, type Rows } from '../model/rows.ts';
import { runDirectoryAt } from '../real/run-directory.ts';
import { ChartsFold, type ChartTexts, namedCharts, namedInCharts } from '../views/index.ts';
import { failureOf } from './failures.ts';
import { scenarioAt } from './judge.ts';
import { QuotesFold } from './quotes.ts';

/** What a page shows beside a result. */
export interface Drawn {
  chartData: ChartData | null;
  quotes?: Quotes;
  about?: AboutRun;
}

/**
 * What is drawn and quoted of the logs that a result was judged by: a second pass over them, as far as they were
 * judged. Sessions with findings come first. Nothing where they can't be read again, or others are in their place.
 *
 * @throws LogUnreadable
 */
export async function drawLogs(sources: readonly Source[], result: RunResult): Promise<Drawn> {
  if (!sources.every(canBeReadAgain)) return { chartData: null };
  const snapshot = await takeSnapshot(sources);
  try {
    const { findings, evidence } = result;
    const found = findings.flatMap(({ session_id }) => session_id ?? []);
    const files = snapshot.sources.map(({ log, stream }) => ({ log: LOGS.indexOf(log), stream }));
    const fold = new ChartsFold(files, idTableOf(found));
    const quotes = new QuotesFold(snapshot.sources, result);
    const starts = new Map<number, LinePlace>();
    const judged = sources.map(({ file }) => evidence.find((log) => log.file === file)?.lines ?? 0);
    const scan = await scanRows(snapshot.sources, (rows, row) => {
      if (rows.line(row) > (judged[rows.file(row)] as number)) return;
      fold.onRow(rows, row);
      quotes.onRow(rows, row);
      if (STARTS.includes(rows.event(row))) noteStart(starts, rows, row);
    });
    if (scan.files.some(({ lines }, file) => lines < (judged[file] as number))) {
      return { chartData: null };
    }
    const charts = fold.finish();
    const places = [...namedInCharts(charts), ...starts.values()];
    const records = await linesAt(snapshot.sources, places);
    const recordAt = (place: LinePlace) => records.get(keyOf(place));
    const versions = STARTS.flatMap((event) => starts.get(event) ?? []).map(recordAt);
    return {
      chartData: namedCharts(charts, textsOf(recordAt)),
      quotes: await quotes.finish(),
      about: await aboutRun(result, versions),
    };
  } finally {
    snapshot.release();
  }
}

const textsOf = (recordAt: (place: LinePlace) => LogRecord | undefined): ChartTexts => ({
  session_id: (place) => recordAt(place)?.session_id ?? '?',
  fault: (place) => String(recordAt(place)?.fields.fault ?? '?'),
  failure: (place) => failureOf(recordAt(place)),
});

/** Lines that name versions, the most telling first. */
const STARTS: number[] = [EVENT.client_started, EVENT.server_started, EVENT.faults_started];

function noteStart(starts: Map<number, LinePlace>, rows: Rows, row: number): void {
  const event = rows.event(row);
  if (!starts.has(event)) starts.set(event, placeOf(rows, row));
}

async function aboutRun(
  { run_dir }: RunResult,
  started: (LogRecord | undefined)[],
): Promise<AboutRun> {
  const file = run_dir === null ? null : runDirectoryAt(run_dir).scenario;
  const scenario = file === null ? null : await scenarioAt(file);
  const version = (field: string) =>
    started.map((record) => record?.fields[field]).find((value) => typeof value === 'string');
  return {
    scenario: file && scenario && fs.readFileSync(file, 'utf8'),
    description: scenario?.description ?? null,
    wsdiag_version: version('wsdiag_version') ?? null,
    node_version: version('node_version') ?? null,
  };
}

/** Standard input and pipes are gone once they are read. */
const canBeReadAgain = ({ file }: Source): boolean =>
  statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
