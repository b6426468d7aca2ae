import { WORD_BYTES } from './words.ts';

/** Longest line that is read. No line of ours comes near; what does is not a log. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** A chunk has room for a line of the longest kind and its neighbours. */
export const CHUNK_BYTES = 2 * MAX_LINE_BYTES;

/**
 * A row takes at least this many bytes of log: braces, a key's quotes and colon, a time such as `7e8`, which
 * may be mapped to the event as well, and a line feed. So a chunk's rows always fit.
 */
const MIN_ROW_BYTES = 8;
export const MAX_ROWS = CHUNK_BYTES / MIN_ROW_BYTES;

/** Events that are rows of numbers alone; of all others the whole record goes along. */
export const PLAIN_EVENTS = [
  'connection_closed',
  'connection_opened',
  'connection_attempt',
] as const;

/** In place of an index into `PLAIN_EVENTS`: the row has a record, which is to be parsed from its line. */
export const WITH_RECORD = PLAIN_EVENTS.length;

/**
 * The rows of a chunk, as columns, in memory that threads share: nothing is copied between the thread
 * that reads a chunk and the one that folds over its rows.
 */
export class Columns {
  /** The chunk itself, as a buffer to read into. */
  readonly buffer: Buffer;
  /** The same bytes, and a word of zeros behind them, so that nobody looks beyond the end. */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Milliseconds since the epoch. */
  readonly time: Float64Array;
  readonly sequence: Float64Array;
  /** NaN for none. */
  readonly duration: Float64Array;
  /** Within the chunk, from 0. */
  readonly line: Int32Array;
  readonly event: Uint8Array;
  /**
   * Where the session's id stands in `bytes`; below 0, the strings sent along hold it; 0 for none. Of rows
   * with a record, and where lines are looked for, where the line stands.
   */
  readonly idStart: Int32Array;
  readonly idLength: Int32Array;
  readonly idHash: Int32Array;
  readonly idCheck: Int32Array;
  /** Hashes; 0 for none. */
  readonly client: Int32Array;
  readonly document: Int32Array;
  /** 0 for none. */
  readonly closeCode: Int32Array;
  /** 1 where the line says that the session is not verified. */
  readonly unverified: Uint8Array;

  readonly memory: SharedArrayBuffer;

  constructor(memory = new SharedArrayBuffer(SIZE)) {
    this.memory = memory;
    let at = 0;
    const take = <T>(type: ViewOf<T>, length: number): T => {
      const view = new type(memory, at, length);
      at += length * type.BYTES_PER_ELEMENT;
      return view;
    };
    this.time = take(Float64Array, MAX_ROWS);
    this.sequence = take(Float64Array, MAX_ROWS);
    this.duration = take(Float64Array, MAX_ROWS);
    this.line = take(Int32Array, MAX_ROWS);
    this.idStart = take(Int32Array, MAX_ROWS);
    this.idLength = take(Int32Array, MAX_ROWS);
    this.idHash = take(Int32Array, MAX_ROWS);
    this.idCheck = take(Int32Array, MAX_ROWS);
    this.client = take(Int32Array, MAX_ROWS);
    this.document = take(Int32Array, MAX_ROWS);
    this.closeCode = take(Int32Array, MAX_ROWS);
    this.event = take(Uint8Array, MAX_ROWS);
    this.unverified = take(Uint8Array, MAX_ROWS);
    this.bytes = take(Uint8Array, CHUNK_BYTES + WORD_BYTES);
    this.view = new DataView(memory, this.bytes.byteOffset, this.bytes.length);
    this.buffer = Buffer.from(memory, this.bytes.byteOffset, CHUNK_BYTES);
  }
}

interface ViewOf<T> {
  new (memory: SharedArrayBuffer, at: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

const SIZE = MAX_ROWS * (3 * 8 + 8 * 4 + 2) + CHUNK_BYTES + WORD_BYTES;
