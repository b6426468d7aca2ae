import { createGunzip } from 'node:zlib';

/** Feeds gzip to zlib step by step, so that all that came out before an error can be kept. */
export class Inflater {
  readonly #gunzip = createGunzip({ chunkSize: 64 * 1024 });
  #pieces: Buffer[] = [];
  #wake = () => {};
  #state: 'open' | 'ended' | 'damaged' = 'open';

  constructor() {
    this.#gunzip
      .on('data', (piece: Buffer) => this.#pieces.push(piece))
      .once('end', () => this.#settle('ended'))
      .once('error', () => this.#settle('damaged'));
  }

  /** `ended`: the last member was whole. */
  get state(): 'open' | 'ended' | 'damaged' {
    return this.#state;
  }

  /** Compressed bytes that were of use. */
  get consumed(): number {
    return this.#gunzip.bytesWritten;
  }

  /** What comes out for it. The bytes must stay as they are until then. */
  write(compressed: Buffer): Promise<Buffer[]> {
    return this.#step((done) => this.#gunzip.write(compressed, done));
  }

  /** What is left, once there is no more input. */
  end(): Promise<Buffer[]> {
    return this.#step(() => this.#gunzip.end());
  }

  close(): void {
    this.#gunzip.destroy();
  }

  async #step(run: (done: () => void) => void): Promise<Buffer[]> {
    // zlib calls back only where all went well; it also ends by itself, at padding.
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#state === 'open') run(resolve);
      else resolve();
    });
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  #settle(state: 'ended' | 'damaged'): void {
    this.#state = state;
    this.#wake();
  }
}
