import type { LogName } from '../core/records.ts';
import { closeCodeOf, durationOf } from '../model/record.ts';
import { type Columns, MAX_LINE_BYTES, PLAIN_EVENTS, WITH_RECORD } from './columns.ts';
import { hashText } from './hash.ts';
import { createParser, type Parsed, type ParsedRecord, parentOf } from './parse.ts';
import { createPlainReader } from './plain-line.ts';
import { REASON } from './reasons.ts';
import type { LogFormat } from './sources.ts';
import { Writers } from './writers.ts';

/** Damaged lines named one by one; a file that is no log at all would name millions. */
export const MAX_REJECTIONS_NAMED = 20;

const LINE_FEED = 0x0a;

/** What is to be made of the lines of a log. Plain data: it is handed to worker threads. */
export interface ChunkTask {
  log: LogName;
  format: LogFormat;
  /**
   * Rows for every line; records; or where the lines stand that name a session of such a hash, as theirs
   * or as the one that theirs comes from, and those that name none. To hand records from thread to thread
   * would take longer, and more memory, than to parse those lines again.
   */
  want: 'rows' | 'records' | ReadonlySet<number>;
}

/** A record, and the line it is from, within its chunk, from 0. */
export interface LineRecord {
  line: number;
  record: ParsedRecord;
}

/** What a chunk holds beside the rows in its columns. Its lines add up. */
export interface Chunk {
  rows: number;
  lines: number;
  ignored: number;
  rejected: number;
  /** The first of them: line within the chunk, and reason. */
  rejections: [number, string][];
  /** Session ids that don't stand in the chunk as they are. */
  ids: string[];
  /** Containers that wrote its lines, the first two. */
  writers: string[];
  /** Where records are wanted. */
  records: LineRecord[];
}

export type ScanChunk = (columns: Columns, start: number, end: number) => Chunk;

/** The last line may lack its line feed. */
export function createChunkScanner({ log, format, want }: ChunkTask): ScanChunk {
  const plain = createPlainReader(format, log);
  const parse = createParser(format, log);
  return (columns, start, end) => {
    const { buffer } = columns;
    const chunk = new OpenChunk(columns);
    for (let at = start; at < end; ) {
      const next = plain?.read(columns, chunk.row, at, end) ?? 0;
      const isPlain = next > 0;
      const feed = isPlain ? next - 1 : buffer.indexOf(LINE_FEED, at);
      const stop = feed === -1 || feed > end ? end : feed;
      if (isPlain && want === 'rows') chunk.plain();
      else if (isPlain && typeof want !== 'string')
        chunk.passOver(at, stop, want.has(chunk.idHash));
      else if (stop - at > MAX_LINE_BYTES) chunk.reject(REASON.tooLong);
      else chunk.parsed(parse(buffer.subarray(at, stop)), want, at, stop);
      at = stop + 1;
    }
    return chunk.close();
  };
}

/** A chunk whose lines are being read. */
class OpenChunk {
  readonly #columns: Columns;
  readonly #writers = new Writers();
  readonly #chunk: Chunk = {
    rows: 0,
    lines: 0,
    ignored: 0,
    rejected: 0,
    rejections: [],
    ids: [],
    writers: this.#writers.names,
    records: [],
  };

  constructor(columns: Columns) {
    this.#columns = columns;
  }

  /** Of the next row, which a plain line may be read into. */
  get row(): number {
    return this.#chunk.rows;
  }

  /** Of the session of a plain line that was read into that row. */
  get idHash(): number {
    return this.#columns.idHash[this.#chunk.rows] as number;
  }

  /** A plain line, which is in its row. */
  plain(): void {
    this.#columns.line[this.#chunk.rows++] = this.#chunk.lines++;
  }

  /** A line that was parsed, from `start` to `end`. */
  parsed(parsed: Parsed, want: ChunkTask['want'], start: number, end: number): void {
    if (parsed.kind === 'rejected') {
      this.reject(parsed.reason);
      return;
    }
    if (parsed.kind === 'record') this.#writers.add(parsed.writer);
    if (parsed.kind === 'record' && typeof want !== 'string') {
      this.passOver(start, end, isWanted(parsed, want));
      return;
    }
    if (parsed.kind === 'ignored') this.#chunk.ignored += 1;
    else if (want === 'rows') this.#row(parsed, start, end);
    else this.#chunk.records.push({ line: this.#chunk.lines, record: parsed });
    this.#chunk.lines += 1;
  }

  /** A sound line that is not looked into here; where it stands is noted if it is wanted. */
  passOver(start: number, end: number, isWanted: boolean): void {
    const line = this.#chunk.lines++;
    if (!isWanted) return;
    const row = this.#chunk.rows++;
    this.#columns.line[row] = line;
    this.#columns.idStart[row] = start;
    this.#columns.idLength[row] = end - start;
  }

  reject(reason: string): void {
    const chunk = this.#chunk;
    chunk.rejected += 1;
    if (chunk.rejected <= MAX_REJECTIONS_NAMED) chunk.rejections.push([chunk.lines, reason]);
    chunk.lines += 1;
  }

  close(): Chunk {
    return this.#chunk;
  }

  #row(record: ParsedRecord, start: number, end: number): void {
    const columns = this.#columns;
    const { session_id, connection_sequence, client_id, document_id, fields } = record;
    const row = this.#chunk.rows++;
    const event = PLAIN_EVENTS.indexOf(record.event as (typeof PLAIN_EVENTS)[number]);
    columns.line[row] = this.#chunk.lines;
    columns.event[row] = event < 0 ? WITH_RECORD : event;
    columns.time[row] = record.time;
    columns.sequence[row] = connection_sequence ?? 0;
    columns.client[row] = hashText(client_id);
    columns.document[row] = hashText(document_id);
    columns.closeCode[row] = closeCodeOf(fields.close_code);
    columns.duration[row] = durationOf(fields.duration_seconds);
    columns.unverified[row] = fields.session_verified === false ? 1 : 0;
    if (event < 0) {
      columns.idStart[row] = start;
      columns.idLength[row] = end - start;
    } else columns.idStart[row] = session_id === undefined ? 0 : -this.#chunk.ids.push(session_id);
  }
}

function isWanted(record: ParsedRecord, want: ReadonlySet<number>): boolean {
  const { session_id } = record;
  return (
    session_id === undefined ||
    want.has(hashText(session_id)) ||
    want.has(hashText(parentOf(record)))
  );
}
