import type { LogName } from '../core/records.ts';
import { IdTable } from '../model/id-table.ts';
import type { UnreadField } from '../model/result.ts';
import type { ProcessNote } from '../model/rows.ts';
import { type ChunkMemory, MAX_LINE_BYTES } from './chunk-memory.ts';
import { checkOfLast, hashText } from './hash.ts';
import { createParser, type Parsed, type ParsedRecord } from './parse.ts';
import { createPlainReader } from './plain-line.ts';
import { noteOf, putRow } from './put-row.ts';
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
   * - `rows`: each line as numbers
   * - `records`: each line as it was parsed
   * - `ids`: the ids of its sessions, at least once each
   */
  want: 'rows' | 'records' | 'ids';
}

/** A record, and the line it is from, within its chunk, from 0. */
export interface LineRecord {
  line: number;
  record: ParsedRecord;
}

/** What a chunk holds beside its rows. Its lines add up. */
export interface Chunk {
  rows: number;
  lines: number;
  ignored: number;
  rejected: number;
  /** The first of them: line within the chunk, and reason. */
  rejections: [number, string][];
  /** Fields that can't be read: in how many records, and on which line first. */
  unread: UnreadField[];
  /** Containers that wrote its lines, the first two. */
  writers: string[];
  /** By row. */
  notes: [row: number, note: ProcessNote][];
  records: LineRecord[];
  ids: string[];
}

export type ScanChunk = (memory: ChunkMemory, start: number, end: number) => Chunk;

/** The last line may lack its line feed. */
export function createChunkScanner({ log, format, want }: ChunkTask): ScanChunk {
  const plain = want === 'records' ? undefined : createPlainReader(format, log);
  const parse = createParser(format, log);
  const known = new IdTable();
  return (memory, start, end) => {
    const chunk = new OpenChunk(memory, want, known);
    const { buffer } = memory;
    for (let at = start; at < end; ) {
      const next = plain?.read(memory, chunk.row, at, end) ?? 0;
      const isPlain = next > 0;
      const feed = isPlain ? next - 1 : buffer.indexOf(LINE_FEED, at);
      const stop = feed === -1 || feed > end ? end : feed;
      if (isPlain && !chunk.isNewId) chunk.plain(at);
      else if (stop - at > MAX_LINE_BYTES) chunk.reject(REASON.tooLong);
      else chunk.parsed(parse(buffer.subarray(at, stop)), at);
      at = stop + 1;
    }
    return chunk.chunk;
  };
}

/** A chunk whose lines are being read. */
class OpenChunk {
  readonly chunk: Chunk;
  readonly #memory: ChunkMemory;
  readonly #want: ChunkTask['want'];
  /** Sessions whose ids were told, by this thread. */
  readonly #known: IdTable;
  readonly #writers = new Writers();
  #isExhausted = false;

  constructor(memory: ChunkMemory, want: ChunkTask['want'], known: IdTable) {
    this.#memory = memory;
    this.#want = want;
    this.#known = known;
    this.chunk = {
      rows: 0,
      lines: 0,
      ignored: 0,
      rejected: 0,
      rejections: [],
      unread: [],
      writers: this.#writers.names,
      notes: [],
      records: [],
      ids: [],
    };
  }

  /** Of the next row, which a plain line may be read into. */
  get row(): number {
    return this.chunk.rows;
  }

  /** Ids are wanted, and the next row has one that was not told: to look it up is for the parser. */
  get isNewId(): boolean {
    if (this.#want !== 'ids') return false;
    const { rows } = this.#memory;
    return !this.#known.has(rows.sessionLow(this.row), rows.sessionHigh(this.row));
  }

  /** A plain line, which is in its row. */
  plain(start: number): void {
    if (this.#want === 'rows') this.#keepRow(start);
    else this.chunk.lines += 1;
  }

  /** A line that was parsed. */
  parsed(parsed: Parsed, start: number): void {
    if (parsed.kind === 'rejected') this.reject(parsed.reason);
    else if (parsed.kind === 'record') this.#record(parsed, start);
    else this.#ignored(parsed.naming, start);
  }

  reject(reason: string): void {
    const { chunk } = this;
    chunk.rejected += 1;
    if (chunk.rejected <= MAX_REJECTIONS_NAMED) chunk.rejections.push([chunk.lines, reason]);
    chunk.lines += 1;
  }

  /** It tells of something else, and may name a session by the way. */
  #ignored(naming: ParsedRecord | undefined, start: number): void {
    this.chunk.ignored += 1;
    if (naming === undefined || this.#want === 'ids') this.chunk.lines += 1;
    else this.#keep(naming, start);
  }

  #record(record: ParsedRecord, start: number): void {
    const { chunk } = this;
    this.#writers.add(record.writer);
    for (const field of record.unread ?? []) {
      addUnread(chunk.unread, { field, records: 1, line: chunk.lines });
    }
    this.#keep(record, start);
  }

  #keep(record: ParsedRecord, start: number): void {
    const { chunk } = this;
    if (this.#want === 'rows') {
      this.#note(record);
      putRow(this.#memory.rows, chunk.rows, record);
      this.#keepRow(start);
      return;
    }
    if (this.#want === 'records') chunk.records.push({ line: chunk.lines, record });
    else this.#tellId(record);
    chunk.lines += 1;
  }

  #keepRow(start: number): void {
    const { rows } = this.#memory;
    const row = this.chunk.rows++;
    rows.setLine(row, this.chunk.lines++);
    rows.setOffset(row, start);
  }

  /** Of what clients ran out of, once a chunk. */
  #note(record: ParsedRecord): void {
    const note = noteOf(record);
    if (note === undefined || (note.exhausted !== undefined && this.#isExhausted)) return;
    this.#isExhausted ||= note.exhausted !== undefined;
    this.chunk.notes.push([this.chunk.rows, note]);
  }

  #tellId({ session_id: id }: { session_id?: string }): void {
    if (id === undefined) return;
    const known = this.#known.size;
    this.#known.add(hashText(id), checkOfLast());
    if (this.#known.size > known) this.chunk.ids.push(id);
  }
}

/** Adds up, field by field. */
export function addUnread(all: UnreadField[], more: UnreadField): void {
  const known = all.find(({ field }) => field === more.field);
  if (known) known.records += more.records;
  else all.push({ ...more });
}
