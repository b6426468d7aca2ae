import { statSync } from 'node:fs';
import type { Doubt } from '../model/findings.ts';
import { IdTable } from '../model/id-table.ts';
import type { LogRecord } from '../model/record.ts';
import type { LogFile } from '../model/result.ts';
import type { ProcessNote, Rows } from '../model/rows.ts';
import type { ChunkTask } from './chunk.ts';
import { type ChunkVisitor, visitChunks } from './chunks.ts';
import { checkOfLast, hashText } from './hash.ts';
import { joinedRecords, joinedRows } from './joins.ts';
import type { ParsedRecord } from './parse.ts';
import type { Source } from './sources.ts';
import { type Scanners, scanHere, scanInThreads, type Work } from './threads.ts';
import { RowsInBounds } from './told-bounds.ts';

export interface RecordVisitor {
  onRecord(record: LogRecord): void;
  onDoubt?(doubt: Doubt): void;
}

export interface ReadOptions {
  /** What to read with; started and ended by each look where it is not given. */
  scanners?: Scanners;
  signal?: AbortSignal;
  /** Bytes of logs read so far, and bytes there are; null where that can't be known. */
  onProgress?(read: number, total: number | null): void;
}

/** Logs from this size on are worth threads of their own. */
const MIN_BYTES_FOR_THREADS = 8 * 1024 * 1024;

/** For more than one look at the same logs, or for other work on them; to be closed. */
export const openScanners = (sources: readonly Source[], work?: Work): Scanners =>
  areLarge(sources) ? scanInThreads(work?.entry) : scanHere(work);

/**
 * Reads logs as records: each source in turn, in file order.
 *
 * @throws LogUnreadable
 */
export async function readRecords(
  sources: readonly Source[],
  visitor: RecordVisitor,
  options: ReadOptions = {},
): Promise<LogFile[]> {
  const onDoubt = (doubt: Doubt) => visitor.onDoubt?.(doubt);
  const joined = joinedRecords((record) => visitor.onRecord(record), logsIn(sources));
  const files = await visitSources(sources, 'records', false, options, (source) => ({
    onChunk({ records }, _memory, firstLine) {
      for (const { line, record } of records) {
        joined.onRecord(recordOf(source, firstLine + line, record));
      }
    },
    onDoubt,
  }));
  joined.finish();
  return files;
}

/** Ids as rows have them. */
export function idTableOf(ids: Iterable<string>): IdTable {
  const table = new IdTable();
  for (const id of ids) table.add(hashText(id), checkOfLast());
  return table;
}

/**
 * The ids of all sessions.
 *
 * @throws LogUnreadable
 */
export async function readSessionIds(
  sources: readonly Source[],
  options: ReadOptions = {},
): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  await visitSources(sources, 'ids', areLarge(sources), options, () => ({
    onChunk(chunk) {
      for (const id of chunk.ids) ids.add(id);
    },
  }));
  return ids;
}

/** Rows of one file, in the order of its lines; valid during the call only. */
export interface RowVisitor {
  onRow(rows: Rows, row: number, note: ProcessNote | undefined): void;
}

/** What a pass over logs leaves beside its rows. */
export interface Scan {
  /** By `Rows.file`. */
  files: LogFile[];
  doubts: Doubt[];
}

/**
 * Reads logs as rows, fast and in memory that does not grow with them.
 *
 * @throws LogUnreadable
 */
export async function scanRows(
  sources: readonly Source[],
  onRow: RowVisitor['onRow'],
  options: ReadOptions = {},
): Promise<Scan> {
  const doubts: Doubt[] = [];
  const joined = joinedRows(onRow, logsIn(sources));
  const files = await visitSources(
    sources,
    'rows',
    areLarge(sources),
    options,
    ({ stream, bounds, format }, file) => {
      const onRow = (rows: Rows, row: number, note: ProcessNote | undefined) =>
        joined.onRow(rows, row, stream, note);
      const told = bounds && new RowsInBounds(bounds, file, format, onRow);
      return {
        onChunk(chunk, { rows }, firstLine, offset) {
          const notes = chunk.notes[Symbol.iterator]();
          let note = notes.next().value;
          for (let row = 0; row < chunk.rows; row++) {
            rows.setFile(row, file);
            rows.setLine(row, firstLine + rows.line(row));
            rows.setOffset(row, offset + rows.offset(row));
            const isNoted = note?.[0] === row;
            const ofRow = isNoted ? note?.[1] : undefined;
            if (told) told.onRow(rows, row, ofRow);
            else joined.onRow(rows, row, stream, ofRow);
            if (isNoted) note = notes.next().value;
          }
        },
        onEnd: () => told?.finish(),
        onDoubt: (doubt) => doubts.push(doubt),
      };
    },
  );
  joined.finish();
  return { files, doubts };
}

const logsIn = (sources: readonly Source[]): number =>
  new Set(sources.map(({ stream }) => stream)).size;

async function visitSources(
  sources: readonly Source[],
  want: ChunkTask['want'],
  inThreads: boolean,
  { signal, onProgress, ...given }: ReadOptions,
  visitorOf: (source: Source, file: number) => ChunkVisitor,
): Promise<LogFile[]> {
  const total = totalSize(sources);
  const scanners = given.scanners ?? (inThreads ? scanInThreads() : scanHere());
  const files: LogFile[] = [];
  let behind = 0;
  try {
    for (const [index, source] of sources.entries()) {
      let read = 0;
      const visitor = {
        ...visitorOf(source, index),
        onProgress(bytes: number) {
          read = bytes;
          onProgress?.(behind + read, total);
        },
      };
      files.push(await visitChunks(source, scanners, want, visitor, signal));
      behind += read;
    }
  } finally {
    if (!given.scanners) await scanners.close();
  }
  return files;
}

export function recordOf(
  { log, file, stream }: Source,
  line: number,
  record: ParsedRecord,
): LogRecord {
  const { kind: _kind, writer: _writer, ...fields } = record;
  return { log, file, stream, line, ...fields };
}

/** Bytes of all sources, as they lie there; null where one can't tell. */
function totalSize(sources: readonly Source[]): number | null {
  let total = 0;
  for (const { file, extent } of sources) {
    const stats = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
    if (extent) total += extent.size;
    else if (stats?.isFile()) total += stats.size;
    else return null;
  }
  return total;
}

const areLarge = (sources: readonly Source[]): boolean =>
  (totalSize(sources) ?? Number.POSITIVE_INFINITY) >= MIN_BYTES_FOR_THREADS;
