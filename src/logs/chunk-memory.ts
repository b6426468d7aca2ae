import { ROW_BYTES, Rows } from '../model/rows.ts';
import { ZEROS_BEHIND } from './plain-bytes.ts';

/** Longest line that is read. No line of ours comes near; what does is not a log. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** A chunk has room for a line of the longest kind and its neighbours. */
export const CHUNK_BYTES = 2 * MAX_LINE_BYTES;

/**
 * A row takes at least this many bytes of log: braces, a key's quotes and colon, a time such as `7e8`, which
 * may be mapped to the event as well, and a line feed. So a chunk's rows always fit.
 */
const MIN_LINE_BYTES = 8;
export const MAX_ROWS = CHUNK_BYTES / MIN_LINE_BYTES;

const ROWS_BYTES = MAX_ROWS * ROW_BYTES;

/**
 * A chunk of a log and its rows, in memory that threads share: nothing is copied between the thread that
 * reads a chunk and the one that looks at its rows.
 */
export class ChunkMemory {
  readonly memory: SharedArrayBuffer;
  readonly rows: Rows;
  /** The chunk itself, as a buffer to read into. */
  readonly buffer: Buffer;
  /** The same bytes, and zeros behind them, so that nobody looks beyond the end. */
  readonly bytes: Uint8Array;
  readonly view: DataView;

  constructor(memory = new SharedArrayBuffer(ROWS_BYTES + CHUNK_BYTES + ZEROS_BEHIND)) {
    this.memory = memory;
    this.rows = new Rows(MAX_ROWS, memory);
    this.bytes = new Uint8Array(memory, ROWS_BYTES, CHUNK_BYTES + ZEROS_BEHIND);
    this.view = new DataView(memory, ROWS_BYTES, CHUNK_BYTES + ZEROS_BEHIND);
    this.buffer = Buffer.from(memory, ROWS_BYTES, CHUNK_BYTES);
  }
}
