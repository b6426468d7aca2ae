import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { constants, inflateRawSync } from 'node:zlib';

/** RFC 6455, 5.2, of one direction of a connection: where frames begin, and no more of them than is asked for. */

/** Longest message that is read, in bytes, before and after it is inflated. */
export const MAX_MESSAGE_BYTES = 4096;

/** A whole message, or why its text is not known. */
export type Message =
  | { text: string }
  | { unreadable: 'binary' | 'too-large' | 'compressed' | 'not-utf8' };

export interface FrameEvents {
  /** Comes while `reading` is on. */
  message(message: Message): void;
  /** A close frame; `code` is null where it has none. */
  closed(code: number | null, reason: string): void;
}

const [CONTINUATION, TEXT, BINARY, CLOSE] = [0, 1, 2, 8];
/** What permessage-deflate takes off the end of a message (RFC 7692, 7.2.1). */
const DEFLATE_TAIL = Buffer.from([0, 0, 0xff, 0xff]);
const MAX_CONTROL_BYTES = 125;
const MAX_HEAD_BYTES = 14;

/** Follows frames through bytes that are cut anywhere. It changes and keeps nothing that passes, and never throws. */
export class FrameReader {
  /** Whether messages are read; close frames always are. */
  reading = true;
  readonly #events: FrameEvents;
  /** What is there of a head that is cut. */
  #cutHead: Buffer | null = null;
  /** Bytes of payload still to come. */
  #left = 0;
  #opcode = 0;
  #isFinal = true;
  #mask = 0;
  /** The payload, where it is read. */
  #payload: Buffer | null = null;
  #filled = 0;
  #message: { opcode: number; isDeflated: boolean; pieces: Buffer[]; bytes: number } | null = null;
  #isLost = false;

  constructor(events: FrameEvents) {
    this.#events = events;
  }

  /** A frame could be put here: none is under way. Never, once what came was no frame. */
  get isBetweenFrames(): boolean {
    return this.#left === 0 && this.#cutHead === null && !this.#isLost;
  }

  /**
   * Takes the bytes that come next.
   *
   * @param toBoundary stop where the frame under way ends
   * @returns how many it took
   */
  feed(chunk: Buffer, toBoundary = false): number {
    let at = 0;
    while (at < chunk.length && !this.#isLost) {
      if (this.isBetweenFrames) {
        if (toBoundary) return at;
        if (!this.reading) at = skipData(chunk, at);
        if (at === chunk.length) return at;
      }
      at = this.#left > 0 ? this.#feedPayload(chunk, at) : this.#feedHead(chunk, at);
    }
    return this.#isLost ? chunk.length : at;
  }

  #feedHead(chunk: Buffer, at: number): number {
    const cut = this.#cutHead;
    if (cut === null) {
      const size = headSize(chunk, at);
      if (at + size <= chunk.length) {
        this.#begin(chunk, at, size);
        return at + size;
      }
      this.#cutHead = Buffer.from(chunk.subarray(at));
      return chunk.length;
    }
    const bytes = Buffer.concat([cut, chunk.subarray(at, at + MAX_HEAD_BYTES)]);
    const size = headSize(bytes, 0);
    if (size > bytes.length) {
      this.#cutHead = bytes;
      return chunk.length;
    }
    this.#cutHead = null;
    this.#begin(bytes, 0, size);
    return at + size - cut.length;
  }

  #begin(bytes: Buffer, at: number, size: number): void {
    const first = bytes[at] as number;
    const second = bytes[at + 1] as number;
    const short = second & 0x7f;
    this.#opcode = first & 0x0f;
    this.#isFinal = first >= 0x80;
    this.#left = short < 126 ? short : longLength(bytes, at + 2, short);
    this.#payload = null;
    this.#isLost =
      this.#left > Number.MAX_SAFE_INTEGER ||
      (this.#opcode >= 8 && (!this.#isFinal || short > MAX_CONTROL_BYTES));
    if (this.#isLost) return;
    if (this.#opcode === CLOSE || (this.reading && this.#opcode < 8)) {
      this.#mask = second >= 0x80 ? bytes.readUInt32BE(at + size - 4) : 0;
      if (this.#opcode === CLOSE) this.#keep();
      else this.#beginData((first & 0x40) !== 0);
    }
    if (this.#left === 0) this.#finish();
  }

  #beginData(isDeflated: boolean): void {
    if (this.#opcode !== CONTINUATION) {
      this.#message = { opcode: this.#opcode, isDeflated, pieces: [], bytes: 0 };
    }
    const message = this.#message;
    if (message === null) return;
    message.bytes += this.#left;
    if (message.opcode === BINARY) this.#tell({ unreadable: 'binary' });
    else if (message.opcode !== TEXT) this.#message = null;
    else if (message.bytes > MAX_MESSAGE_BYTES) this.#tell({ unreadable: 'too-large' });
    else this.#keep();
  }

  #keep(): void {
    this.#payload = Buffer.allocUnsafe(this.#left);
    this.#filled = 0;
  }

  #feedPayload(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#left);
    if (this.#payload !== null) {
      chunk.copy(this.#payload, this.#filled, at, end);
      this.#filled += end - at;
    }
    this.#left -= end - at;
    if (this.#left === 0) this.#finish();
    return end;
  }

  #finish(): void {
    const payload = this.#payload;
    if (payload === null) return;
    this.#payload = null;
    unmask(payload, this.#mask);
    if (this.#opcode === CLOSE) {
      const code = payload.length < 2 ? null : payload.readUInt16BE(0);
      this.#events.closed(code, payload.toString('utf8', 2));
    } else if (this.#message !== null) {
      this.#message.pieces.push(payload);
      if (this.#isFinal) this.#tell(textOf(this.#message.pieces, this.#message.isDeflated));
    }
  }

  /** Once for each message. */
  #tell(message: Message): void {
    this.#message = null;
    this.#events.message(message);
  }
}

/** Steps over frames of data that are whole: of those that nobody reads, there are most. */
function skipData(chunk: Buffer, from: number): number {
  let at = from;
  while (at + MAX_HEAD_BYTES <= chunk.length) {
    const second = chunk[at + 1] as number;
    const short = second & 0x7f;
    if (((chunk[at] as number) & 0x0f) >= 8 || short === 127) return at;
    const size = 2 + (short === 126 ? 2 : 0) + (second >= 0x80 ? 4 : 0);
    const length = short < 126 ? short : chunk.readUInt16BE(at + 2);
    if (at + size + length > chunk.length) return at;
    at += size + length;
  }
  return at;
}

/** Bytes of a frame's head, as far as its first two tell; more than there are where these are not there. */
function headSize(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) return 2;
  const second = bytes[at + 1] as number;
  const short = second & 0x7f;
  return 2 + (short === 126 ? 2 : short === 127 ? 8 : 0) + (second >= 0x80 ? 4 : 0);
}

const longLength = (bytes: Buffer, at: number, short: number): number =>
  short === 126
    ? bytes.readUInt16BE(at)
    : bytes.readUInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);

function unmask(payload: Buffer, mask: number): void {
  if (mask === 0) return;
  for (let i = 0; i < payload.length; i++) {
    payload[i] = (payload[i] as number) ^ ((mask >>> (24 - 8 * (i & 3))) & 0xff);
  }
}

function textOf(pieces: Buffer[], isDeflated: boolean): Message {
  const bytes = isDeflated ? inflated(pieces) : Buffer.concat(pieces);
  if ('unreadable' in bytes) return bytes;
  return isUtf8(bytes) ? { text: bytes.toString() } : { unreadable: 'not-utf8' };
}

/** A message that refers to an earlier one can't be inflated by itself; the first of a direction can. */
function inflated(pieces: Buffer[]): Buffer | { unreadable: 'too-large' | 'compressed' } {
  try {
    return inflateRawSync(Buffer.concat([...pieces, DEFLATE_TAIL]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_MESSAGE_BYTES,
    });
  } catch (error) {
    const isLong = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return { unreadable: isLong ? 'too-large' : 'compressed' };
  }
}

/** A close frame. `masked`: as a client sends it. */
export function closeFrame(code: number, reason: string, masked: boolean): Buffer {
  const text = Buffer.from(reason);
  const payload = Buffer.alloc(2 + text.length);
  payload.writeUInt16BE(code);
  text.copy(payload, 2);
  if (!masked) return Buffer.concat([Buffer.from([0x80 | CLOSE, payload.length]), payload]);
  const key = randomBytes(4);
  unmask(payload, key.readUInt32BE());
  return Buffer.concat([Buffer.from([0x80 | CLOSE, 0x80 | payload.length]), key, payload]);
}
