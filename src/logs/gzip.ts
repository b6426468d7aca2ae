import type { Doubt } from '../model/findings.ts';
import { type ByteReader, OverOrigin, PieceReader } from './byte-reader.ts';
import { Inflater } from './inflater.ts';

/** What a step of this size can come to, 1032 times as much, is still little. */
const STEP_BYTES = 16 * 1024;

export const GZIP_HEAD_BYTES = 2;

export const isGzip = (head: Buffer): boolean => head[0] === 0x1f && head[1] === 0x8b;

/** Reads gzip, of one member or of many. Where it is damaged, what zlib gave before that is kept. */
export function gunzipReader(file: string, inner: ByteReader): ByteReader {
  const gunzip = new Gunzip(file, inner);
  return new PieceReader(gunzip, gunzip.pieces());
}

class Gunzip extends OverOrigin {
  readonly #file: string;
  readonly #inner: ByteReader;
  readonly #inflater = new Inflater();
  readonly #input = Buffer.alloc(STEP_BYTES);
  #damage: string | null = null;

  constructor(file: string, inner: ByteReader) {
    super(inner);
    this.#file = file;
    this.#inner = inner;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    let read = 0;
    let state = 'open';
    while (state === 'open') {
      const size = await this.#inner.read(this.#input, 0);
      const input = this.#input.subarray(0, size);
      const inflated = size === 0 ? this.#inflater.end() : this.#inflater.write(input);
      yield* await inflated;
      state = this.#inflater.state;
      if (state === 'ended') await this.#lookBehind(input.subarray(this.#inflater.consumed - read));
      read += size;
      if (state === 'damaged') {
        this.#damage =
          size === 0
            ? `its gzip data ends too early, after ${read} bytes`
            : `its gzip data is damaged near byte ${read}`;
      }
    }
  }

  /** Files may be padded with zeros, as tapes have it; anything else is not ours to pass over. */
  async #lookBehind(rest: Buffer): Promise<void> {
    while (rest.length > 0) {
      if (rest.some((byte) => byte !== 0)) {
        this.#damage = `its gzip data is followed by something else after ${this.#inflater.consumed} bytes`;
        return;
      }
      rest = this.#input.subarray(0, await this.#inner.read(this.#input, 0));
    }
  }

  override finish(): Doubt[] {
    const doubts = super.finish();
    if (this.#damage === null) return doubts;
    return [...doubts, { code: 'log-truncated', where: { file: this.#file }, value: this.#damage }];
  }

  override close(): Promise<void> {
    this.#inflater.close();
    return super.close();
  }
}
