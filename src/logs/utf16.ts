import { type ByteReader, PieceReader } from './byte-reader.ts';

export type Utf16 = 'utf-16le' | 'utf-16be';

/** A byte that is never in UTF-8: the line that holds it is rejected for it. */
const NOT_UTF8 = Buffer.of(0xff);

/** What the decoder makes of half a character. */
const REPLACEMENT = '\ufffd';

/** It comes to no more than a few times as much UTF-8. */
const STEP_BYTES = 64 * 1024;

/** How many bytes `utf16Of` needs to see. */
export const UTF16_HEAD_BYTES = 4;

/**
 * The byte order of what begins so, or undefined where it is not UTF-16: by its byte order mark, or by
 * two ASCII characters, which is how JSON and any line of a log begin.
 */
export function utf16Of(head: Buffer): Utf16 | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = head;
  if (a === 0xff && b === 0xfe) return 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (head.length < UTF16_HEAD_BYTES) return undefined;
  if (a !== 0 && b === 0 && c !== 0 && d === 0) return 'utf-16le';
  if (a === 0 && b !== 0 && c === 0 && d !== 0) return 'utf-16be';
  return undefined;
}

/**
 * UTF-16 to UTF-8, piece by piece. Half a character becomes a byte that no line gets away with, and so
 * does a replacement character: nothing tells whether it stood in the log.
 */
export class Transcoder {
  readonly #decoder: InstanceType<typeof TextDecoder>;

  constructor(order: Utf16) {
    this.#decoder = new TextDecoder(order, { ignoreBOM: true });
  }

  write(piece: Buffer): Buffer {
    return encode(this.#decoder.decode(piece, { stream: true }));
  }

  end(): Buffer {
    return encode(this.#decoder.decode());
  }
}

function encode(text: string): Buffer {
  const [first = '', ...others] = text.split(REPLACEMENT);
  const rest = others.flatMap((piece) => [NOT_UTF8, Buffer.from(piece)]);
  return Buffer.concat([Buffer.from(first), ...rest]);
}

/** UTF-16 as UTF-8. */
export function utf16Reader(inner: ByteReader, order: Utf16): ByteReader {
  return new PieceReader(inner, transcoded(inner, order));
}

async function* transcoded(inner: ByteReader, order: Utf16): AsyncGenerator<Buffer> {
  const transcoder = new Transcoder(order);
  const input = Buffer.alloc(STEP_BYTES);
  for (let size = 1; size > 0; ) {
    size = await inner.read(input, 0);
    yield size > 0 ? transcoder.write(input.subarray(0, size)) : transcoder.end();
  }
}
