import { addAbortSignal, type Readable } from 'node:stream';
import type { Doubt } from '../model/findings.ts';
import { PieceReader } from './byte-reader.ts';
import { readingAsync } from './errors.ts';

/** What can be read once only: standard input, a FIFO, a device. */
export class StreamReader extends PieceReader {
  readonly size = null;
  readonly #file: string;
  readonly #stream: Readable;
  readonly #pieces: AsyncIterator<Buffer>;
  #position = 0;

  constructor(file: string, stream: Readable, signal?: AbortSignal) {
    super();
    if (signal) addAbortSignal(signal, stream);
    this.#file = file;
    this.#stream = stream;
    this.#pieces = stream[Symbol.asyncIterator]();
  }

  get position(): number {
    return this.#position;
  }

  protected override async next(): Promise<Buffer | null> {
    const { done, value } = await readingAsync(this.#file, () => this.#pieces.next());
    if (done) return null;
    this.#position += value.length;
    return value;
  }

  finish(): Doubt[] {
    return [];
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }
}
