import type { Doubt } from '../model/findings.ts';
import { type ByteReader, PieceReader } from './byte-reader.ts';
import { Inflater } from './inflater.ts';

/** What a step of this size can come to, 1032 times as much, is still little. */
const STEP_BYTES = 16 * 1024;

export const GZIP_HEAD_BYTES = 2;

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** Reads gzip, of one member or of many, piece by piece. What was readable before damage is kept. */
export class GunzipReader extends PieceReader {
  readonly #file: string;
  readonly #inner: ByteReader;
  /** The compressed bytes from their beginning, where they can be read twice. */
  readonly #again: (() => ByteReader) | null;
  readonly #inflater = new Inflater();
  readonly #input = Buffer.alloc(STEP_BYTES);
  /** Compressed bytes read, and bytes that came of them. */
  #read = 0;
  #given = 0;
  #pieces: Buffer[] = [];
  #isDone = false;
  #damage: string | null = null;

  constructor(file: string, inner: ByteReader, again: (() => ByteReader) | null) {
    super();
    this.#file = file;
    this.#inner = inner;
    this.#again = again;
  }

  get position(): number {
    return this.#inner.position;
  }

  get size(): number | null {
    return this.#inner.size;
  }

  finish(): Doubt[] {
    const doubts = this.#inner.finish();
    if (this.#damage === null) return doubts;
    return [...doubts, { code: 'log-truncated', where: { file: this.#file }, value: this.#damage }];
  }

  close(): Promise<void> {
    this.#inflater.close();
    return this.#inner.close();
  }

  protected override async next(): Promise<Buffer | null> {
    while (this.#pieces.length === 0 && !this.#isDone) await this.#inflate();
    const piece = this.#pieces.shift();
    this.#given += piece?.length ?? 0;
    return piece ?? null;
  }

  async #inflate(): Promise<void> {
    const size = await this.#inner.read(this.#input, 0);
    this.#pieces = await (size === 0
      ? this.#inflater.end()
      : this.#inflater.write(this.#input.subarray(0, size)));
    this.#isDone = size === 0 || this.#inflater.state !== 'open';
    if (this.#inflater.state === 'ended') await this.#lookBehind(size);
    if (this.#inflater.state === 'damaged') await this.#salvage(size);
    this.#read += size;
  }

  /** Files may be padded with zeros, as tapes have it; anything else is not ours to pass over. */
  async #lookBehind(size: number): Promise<void> {
    let rest = this.#input.subarray(this.#inflater.consumed - this.#read, size);
    while (rest.length > 0) {
      if (rest.some((byte) => byte !== 0)) {
        this.#damage = `its gzip data is followed by something else after ${this.#inflater.consumed} bytes`;
        return;
      }
      rest = this.#input.subarray(0, await this.#inner.read(this.#input, 0));
    }
  }

  /**
   * zlib gives nothing of the step that fails. So the file is inflated once more, that step byte by byte,
   * and what is new is kept.
   */
  async #salvage(size: number): Promise<void> {
    if (size === 0) {
      this.#damage = `its gzip data ends too early, after ${this.#read} bytes`;
      return;
    }
    this.#damage = `its gzip data is damaged near byte ${this.#read + size}`;
    if (this.#again === null) return;
    let known = this.#given + this.#pieces.reduce((sum, { length }) => sum + length, 0);
    for await (const piece of inflateByByte(this.#again(), this.#read, this.#read + size)) {
      const added = piece.subarray(known);
      known = Math.max(0, known - piece.length);
      if (added.length > 0) this.#pieces.push(added);
    }
  }
}

/** What comes of the bytes before `until`, those from `from` on being fed one by one. */
async function* inflateByByte(reader: ByteReader, from: number, until: number) {
  const inflater = new Inflater();
  const input = Buffer.alloc(STEP_BYTES);
  while (reader.position < until && inflater.state === 'open') {
    const step = Math.max(1, Math.min(STEP_BYTES, from - reader.position));
    const size = await reader.read(input.subarray(0, step), 0);
    if (size === 0) break;
    yield* await inflater.write(input.subarray(0, size));
  }
  inflater.close();
}
