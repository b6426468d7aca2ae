import { StringDecoder } from 'node:string_decoder';
import type { Doubt } from '../model/findings.ts';
import { type ByteReader, PieceReader } from './byte-reader.ts';

export type Utf16 = 'utf16le' | 'utf16be';

/** A byte that is never in UTF-8: the line that holds it is rejected for it. */
const NOT_UTF8 = Buffer.of(0xff);

/** Even, and no more UTF-8 than a few times as much. */
const STEP_BYTES = 64 * 1024;

/** How many bytes `utf16Of` needs to see. */
export const UTF16_HEAD_BYTES = 4;

/**
 * The byte order of what begins so, or undefined where it is not UTF-16: by its byte order mark, or by
 * two ASCII characters, which is how JSON and any line of a log begin.
 */
export function utf16Of(head: Buffer): Utf16 | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = head;
  if (a === 0xff && b === 0xfe) return 'utf16le';
  if (a === 0xfe && b === 0xff) return 'utf16be';
  if (head.length < UTF16_HEAD_BYTES) return undefined;
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return 'utf16le';
  if (a === 0 && b !== 0 && c === 0 && d !== 0) return 'utf16be';
  return undefined;
}

/** UTF-16 to UTF-8, piece by piece. Half a character becomes a byte that no line gets away with. */
export class Transcoder {
  readonly #order: Utf16;
  readonly #decoder = new StringDecoder('utf16le');
  /** The first byte of a code unit whose second is still to come. */
  #half: Buffer = Buffer.alloc(0);

  constructor(order: Utf16) {
    this.#order = order;
  }

  write(piece: Buffer): Buffer {
    const bytes = Buffer.concat([this.#half, piece]);
    const even = bytes.length - (bytes.length % 2);
    this.#half = bytes.subarray(even);
    const units = bytes.subarray(0, even);
    return encode(this.#decoder.write(this.#order === 'utf16be' ? units.swap16() : units));
  }

  end(): Buffer {
    const rest = encode(this.#decoder.end());
    return this.#half.length === 0 ? rest : Buffer.concat([rest, NOT_UTF8]);
  }
}

const LONE_SURROGATE = /\p{Surrogate}/u;

function encode(text: string): Buffer {
  if (!LONE_SURROGATE.test(text)) return Buffer.from(text);
  const pieces = text.split(LONE_SURROGATE).flatMap((piece) => [NOT_UTF8, Buffer.from(piece)]);
  return Buffer.concat(pieces.slice(1));
}

/** UTF-16 as UTF-8. */
export class Utf16Reader extends PieceReader {
  readonly #inner: ByteReader;
  readonly #transcoder: Transcoder;
  readonly #input = Buffer.alloc(STEP_BYTES);
  #isDone = false;

  constructor(inner: ByteReader, order: Utf16) {
    super();
    this.#inner = inner;
    this.#transcoder = new Transcoder(order);
  }

  get position(): number {
    return this.#inner.position;
  }

  get size(): number | null {
    return this.#inner.size;
  }

  finish(): Doubt[] {
    return this.#inner.finish();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  protected override async next(): Promise<Buffer | null> {
    if (this.#isDone) return null;
    const size = await this.#inner.read(this.#input, 0);
    this.#isDone = size === 0;
    return this.#isDone
      ? this.#transcoder.end()
      : this.#transcoder.write(this.#input.subarray(0, size));
  }
}
