import type { ByteReader } from './bytes.ts';

const LINE_FEED = 0x0a;
const NOTHING = Buffer.alloc(0);

/** Whole lines in a buffer. */
export interface Block {
  start: number;
  end: number;
  /** Of the buffer's first byte, in the log. */
  offset: number;
  /** A line that no buffer can hold was passed over just before `start`. */
  passedOver: boolean;
  /** The log is at its end. */
  isLast: boolean;
  /** The log's last line lacks its line feed. */
  unterminated: boolean;
}

/**
 * Cuts a log's bytes into blocks of whole lines. Lines end at the byte 0x0A alone: U+2028 and U+2029,
 * which `readline` takes for ends, may stand inside JSON strings.
 */
export class BlockReader {
  readonly #reader: Pick<ByteReader, 'read'>;
  /** Bytes of a begun line, which the next block starts with. */
  #begun: Buffer = NOTHING;
  /** Bytes of the log that are behind, those of the begun line not among them. */
  #offset = 0;

  constructor(reader: Pick<ByteReader, 'read'>) {
    this.#reader = reader;
  }

  async next(buffer: Buffer): Promise<Block> {
    let filled = this.#begun.copy(buffer);
    let isTooLong = false;
    for (;;) {
      const size = await this.#fill(buffer, filled);
      const isLast = filled + size < buffer.length;
      filled += size;
      const bytes = buffer.subarray(0, filled);
      const start = isTooLong ? endOf(bytes.indexOf(LINE_FEED), isLast ? filled : 0) : 0;
      const end = isLast ? filled : bytes.lastIndexOf(LINE_FEED) + 1;
      if (end === 0 && !isLast) {
        // No line ends in a whole buffer: whatever it is, it is not held.
        isTooLong = true;
        this.#offset += filled;
        filled = 0;
        continue;
      }
      this.#begun = Buffer.from(bytes.subarray(end));
      const offset = this.#offset;
      this.#offset += end;
      // What was passed over may end with a buffer, and with the log.
      const unterminated = isLast && (filled > 0 ? bytes[filled - 1] !== LINE_FEED : isTooLong);
      return { start, end, offset, passedOver: isTooLong, isLast, unterminated };
    }
  }

  async #fill(buffer: Buffer, from: number): Promise<number> {
    let filled = from;
    while (filled < buffer.length) {
      const size = await this.#reader.read(buffer, filled);
      if (size === 0) break;
      filled += size;
    }
    return filled - from;
  }
}

const endOf = (feed: number, otherwise: number) => (feed === -1 ? otherwise : feed + 1);
