import { statSync } from 'node:fs';
import type { Doubt } from '../model/findings.ts';
import type { LogRecord, Row } from '../model/record.ts';
import type { LogFile } from '../model/result.ts';
import type { Chunk, ChunkTask } from './chunk.ts';
import { type ChunkVisitor, visitChunks } from './chunks.ts';
import { type Columns, MAX_ROWS, PLAIN_EVENTS, WITH_RECORD } from './columns.ts';
import { hashText } from './hash.ts';
import { createParser, type ParsedRecord, parentOf } from './parse.ts';
import { SessionIds } from './session-ids.ts';
import type { Source } from './sources.ts';
import { type Scanners, scanHere, scanInThreads } from './threads.ts';

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

export interface RowOptions extends ReadOptions {
  /**
   * Told of the sessions that the next rows are about, -1 for those that are not known yet: whoever keeps
   * much of each session has it fetched from memory all at once, in far less time than one by one.
   */
  onSessions?(sessions: Int32Array): void;
}

export interface RecordOptions extends ReadOptions {
  /**
   * Only records that name one of these sessions, as theirs or as the one that theirs comes from
   * (`parent_session_id`), and records of no session. Other lines are counted, and not handed out.
   */
  sessions?: readonly string[];
}

/** Logs from this size on are worth threads of their own. */
const MIN_BYTES_FOR_THREADS = 8 * 1024 * 1024;

/** For more than one look at the same logs, by rows or by sessions; to be closed. */
export const openScanners = (sources: readonly Source[]): Scanners =>
  areLarge(sources) ? scanInThreads() : scanHere();

/**
 * Reads logs as records: each source in turn, in file order.
 *
 * @throws LogUnreadable
 */
export async function readRecords(
  sources: readonly Source[],
  visitor: RecordVisitor,
  { sessions, ...options }: RecordOptions = {},
): Promise<LogFile[]> {
  const onDoubt = (doubt: Doubt) => visitor.onDoubt?.(doubt);
  if (sessions) {
    const onLine: LineVisitor = (index, line, _bytes, parsed) =>
      visitor.onRecord(recordOf(sources[index] as Source, line, parsed));
    return visitLines(sources, sessions, options, onLine, onDoubt);
  }
  return visitSources(sources, 'records', false, options, (source) => ({
    onChunk({ records }, _columns, firstLine) {
      for (const { line, record } of records) {
        visitor.onRecord(recordOf(source, firstLine + line, record));
      }
    },
    onDoubt,
  }));
}

/** `source`: index into the sources. `bytes` are valid during the call only. */
export type LineVisitor = (
  source: number,
  line: number,
  bytes: Buffer,
  parsed: ParsedRecord,
) => void;

/** The lines that name one of these sessions, or none; see `RecordOptions`. @throws LogUnreadable */
export function visitLines(
  sources: readonly Source[],
  sessions: readonly string[],
  options: ReadOptions,
  onLine: LineVisitor,
  onDoubt?: (doubt: Doubt) => void,
): Promise<LogFile[]> {
  const wanted = new Set(sessions);
  const hashes = new Set(sessions.map(hashText));
  return visitSources(sources, hashes, areLarge(sources), options, (source, index) => {
    const parse = createParser(source.format, source.log);
    return {
      onChunk({ rows }, columns, firstLine) {
        for (let row = 0; row < rows; row++) {
          const bytes = lineAt(columns, row);
          const parsed = parse(bytes);
          if (parsed.kind !== 'record' || !isOf(wanted, parsed)) continue;
          onLine(index, firstLine + (columns.line[row] as number), bytes, parsed);
        }
      },
      onDoubt,
    };
  });
}

/** What a pass over logs leaves beside its rows. */
export interface Scan {
  /** By `Row.file`. */
  files: LogFile[];
  doubts: Doubt[];
  /** Number of sessions. */
  sessions: number;
  /** The id of `Row.session`. */
  sessionId(session: number): string;
}

/**
 * Reads logs as rows, fast and in memory that does not grow with the logs, but with their sessions.
 *
 * @throws LogUnreadable
 */
export async function scanRows(
  sources: readonly Source[],
  onRow: (row: Row) => void,
  { onSessions, ...options }: RowOptions = {},
): Promise<Scan> {
  const ids = new SessionIds();
  const sessions = new Int32Array(MAX_ROWS);
  const doubts: Doubt[] = [];
  const files = await visitSources(sources, 'rows', areLarge(sources), options, (source, file) => {
    const rows = new Rows(source, file, ids, sessions, onRow);
    return {
      onChunk(chunk, columns, firstLine) {
        rows.identify(chunk, columns);
        onSessions?.(sessions.subarray(0, chunk.rows));
        rows.visit(chunk, columns, firstLine);
      },
      onDoubt: (doubt) => doubts.push(doubt),
    };
  });
  if (ids.full) doubts.push({ code: 'too-many-sessions', where: null, value: `${ids.size}` });
  return { files, doubts, sessions: ids.size, sessionId: (session) => ids.id(session) };
}

interface WithParent {
  record: ParsedRecord;
  /** Index of the session that its session comes from; -1 for none. */
  parent: number;
}

/** Turns columns back to rows. */
class Rows {
  readonly #source: Source;
  readonly #ids: SessionIds;
  readonly #onRow: (row: Row) => void;
  readonly #parse: ReturnType<typeof createParser>;
  readonly #row: Row;
  /** Of the rows of a chunk. */
  readonly #sessions: Int32Array;
  /** Of those that have one. */
  #records: WithParent[] = [];

  constructor(
    source: Source,
    file: number,
    ids: SessionIds,
    sessions: Int32Array,
    onRow: (row: Row) => void,
  ) {
    this.#source = source;
    this.#ids = ids;
    this.#sessions = sessions;
    this.#onRow = onRow;
    this.#parse = createParser(source.format, source.log);
    this.#row = {
      log: source.log,
      stream: source.stream,
      event: '',
      file,
      line: 0,
      time: 0,
      session: -1,
      parent: -1,
      connection_sequence: 0,
      client_hash: 0,
      document_hash: 0,
      close_code: 0,
      duration_seconds: Number.NaN,
      unverified: false,
      record: undefined,
    };
  }

  /**
   * Finds the sessions of a chunk's rows, before these are visited: so the processor looks up several while
   * it waits for the memory of one.
   */
  identify({ rows, ids }: Chunk, columns: Columns): void {
    const sessions = this.#sessions;
    this.#records = [];
    for (let at = 0; at < rows; at++) {
      const isPlain = columns.event[at] !== WITH_RECORD;
      sessions[at] = isPlain ? this.#session(ids, columns, at) : this.#readRecord(columns, at);
    }
  }

  visit(chunk: Chunk, columns: Columns, firstLine: number): void {
    const row = this.#row;
    const onRow = this.#onRow;
    let nextRecord = 0;
    for (let at = 0; at < chunk.rows; at++) {
      const event = columns.event[at] as number;
      row.line = firstLine + (columns.line[at] as number);
      row.time = columns.time[at] as number;
      row.connection_sequence = columns.sequence[at] as number;
      row.client_hash = columns.client[at] as number;
      row.document_hash = columns.document[at] as number;
      row.close_code = columns.closeCode[at] as number;
      row.duration_seconds = columns.duration[at] as number;
      row.unverified = columns.unverified[at] === 1;
      row.session = this.#sessions[at] as number;
      if (event === WITH_RECORD) this.#fromRecord(this.#records[nextRecord++] as WithParent);
      else {
        row.event = PLAIN_EVENTS[event] as string;
        row.parent = -1;
        row.record = undefined;
      }
      onRow(row);
    }
  }

  #readRecord(columns: Columns, at: number): number {
    const record = this.#parse(lineAt(columns, at)) as ParsedRecord;
    const session = this.#ids.indexOfText(record.session_id);
    this.#records.push({ record, parent: this.#ids.indexOfText(parentOf(record)) });
    return session;
  }

  #fromRecord({ record, parent }: WithParent): void {
    const row = this.#row;
    row.event = record.event;
    row.parent = parent;
    row.record = recordOf(this.#source, row.line, record);
  }

  #session(ids: string[], columns: Columns, at: number): number {
    const start = columns.idStart[at] as number;
    if (start < 0) return this.#ids.indexOfText(ids[-start - 1] as string);
    if (start === 0) return -1;
    const hash = columns.idHash[at] as number;
    const check = columns.idCheck[at] as number;
    const known = this.#ids.find(hash, check);
    if (known >= 0) return known;
    return this.#ids.add(columns.bytes, start, columns.idLength[at] as number, hash, check);
  }
}

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

function lineAt({ buffer, idStart, idLength }: Columns, row: number): Buffer {
  const start = idStart[row] as number;
  return buffer.subarray(start, start + (idLength[row] as number));
}

function isOf(sessions: ReadonlySet<string>, record: ParsedRecord): boolean {
  const { session_id } = record;
  if (session_id === undefined || sessions.has(session_id)) return true;
  const parent = parentOf(record);
  return parent !== undefined && sessions.has(parent);
}

/** Bytes of all sources; null where one can't tell. */
function totalSize(sources: readonly Source[]): number | null {
  let total = 0;
  for (const { file } of sources) {
    const stats = file === '-' ? undefined : statSync(file, { throwIfNoEntry: false });
    if (!stats?.isFile()) return null;
    total += stats.size;
  }
  return total;
}

const areLarge = (sources: readonly Source[]): boolean =>
  (totalSize(sources) ?? Number.POSITIVE_INFINITY) >= MIN_BYTES_FOR_THREADS;
