import type { Doubt } from '../model/findings.ts';

/** The bytes of a log, in order, once. */
export interface ByteReader {
  /** Puts bytes into the buffer from `at` on; gives how many, 0 at the end. */
  read(buffer: Buffer, at: number): Promise<number>;
  /** Bytes of the file behind us. For what is compressed, these are not the bytes given out. */
  readonly position: number;
  /** Bytes of the file that are to be read; null where that can't be known. */
  readonly size: number | null;
  /** Goes to a byte, counted in those that are given out; false where one has to read up to there. */
  seek(to: number): boolean;
  /** What makes the bytes doubtful, as far as they were read. To be asked before `close`. */
  finish(): Doubt[];
  close(): Promise<void>;
}

/** What a reader's bytes come from. */
export type Origin = Omit<ByteReader, 'read' | 'seek'>;

export class OverOrigin implements Origin {
  readonly #origin: Origin;

  constructor(origin: Origin) {
    this.#origin = origin;
  }

  get position(): number {
    return this.#origin.position;
  }

  get size(): number | null {
    return this.#origin.size;
  }

  finish(): Doubt[] {
    return this.#origin.finish();
  }

  close(): Promise<void> {
    return this.#origin.close();
  }
}

/** A reader over pieces of whatever size they come in. */
export class PieceReader extends OverOrigin implements ByteReader {
  readonly #pieces: AsyncIterator<Buffer>;
  /** What came, and was not given out yet. */
  #piece: Buffer = Buffer.alloc(0);

  constructor(origin: Origin, pieces: AsyncIterator<Buffer>) {
    super(origin);
    this.#pieces = pieces;
  }

  seek(): boolean {
    return false;
  }

  async read(buffer: Buffer, at: number): Promise<number> {
    while (this.#piece.length === 0) {
      const { done, value } = await this.#pieces.next();
      if (done) return 0;
      this.#piece = value;
    }
    const bytes = this.#piece.copy(buffer, at);
    this.#piece = this.#piece.subarray(bytes);
    return bytes;
  }
}

/** A reader that can be asked how it goes on. */
export class Peekable extends OverOrigin implements ByteReader {
  readonly #inner: ByteReader;
  #peeked: Buffer = Buffer.alloc(0);
  /** Bytes at the beginning that are not counted. */
  #before = 0;

  constructor(inner: ByteReader) {
    super(inner);
    this.#inner = inner;
  }

  /** Reads over the beginning, which is not of the log. */
  async passOver(bytes: number): Promise<void> {
    await this.read(Buffer.alloc(bytes), 0);
    this.#before += bytes;
  }

  /** The next bytes, which stay to be read; fewer only at the end. */
  async peek(bytes: number): Promise<Buffer> {
    const buffer = Buffer.alloc(bytes);
    let filled = this.#peeked.copy(buffer);
    while (filled < bytes) {
      const read = await this.#inner.read(buffer, filled);
      if (read === 0) break;
      filled += read;
    }
    if (filled > this.#peeked.length) this.#peeked = buffer.subarray(0, filled);
    return buffer.subarray(0, filled);
  }

  async read(buffer: Buffer, at: number): Promise<number> {
    // Else it would look like the end, and what comes after be lost without a word.
    if (at >= buffer.length) throw new RangeError('no room to read into');
    if (this.#peeked.length === 0) return this.#inner.read(buffer, at);
    const bytes = this.#peeked.copy(buffer, at);
    this.#peeked = this.#peeked.subarray(bytes);
    return bytes;
  }

  seek(to: number): boolean {
    if (!this.#inner.seek(to + this.#before)) return false;
    this.#peeked = Buffer.alloc(0);
    return true;
  }
}
