import {
  type BadHello,
  type Hello,
  hasHello,
  parseHelloQuery,
  queryFields,
} from '../core/handshake.ts';

/** Longest head of a request or a response that is read, in bytes. */
export const MAX_HEAD_BYTES = 32 * 1024;

const END_OF_HEAD = '\r\n\r\n';

/** Gathers the bytes of a head until it is whole. */
export class HeadReader {
  #gathered: Buffer | null = null;

  /** A whole head, and what came behind it; null where more has to come; undefined where it is too long. */
  read(chunk: Buffer): { head: Buffer; rest: Buffer } | null | undefined {
    const known = this.#gathered?.length ?? 0;
    const bytes = this.#gathered === null ? chunk : Buffer.concat([this.#gathered, chunk]);
    // The end may lie across two chunks.
    const at = bytes.indexOf(END_OF_HEAD, Math.max(0, known - END_OF_HEAD.length + 1));
    const size = at < 0 ? bytes.length : at + END_OF_HEAD.length;
    if (size > MAX_HEAD_BYTES) return undefined;
    this.#gathered = at < 0 ? bytes : null;
    return at < 0 ? null : { head: bytes.subarray(0, size), rest: bytes.subarray(size) };
  }
}

export interface RequestHead {
  /** Somebody asks for a WebSocket. */
  isUpgrade: boolean;
  /** The hello of its query string, sound or not; null where there is none. */
  hello: Hello | BadHello | null;
}

const UPGRADE = /\r\nupgrade:[ \t]*websocket[ \t]*\r\n/i;

export function readRequest(head: Buffer): RequestHead {
  const text = head.toString('latin1');
  const isUpgrade = text.startsWith('GET ') && UPGRADE.test(text);
  return { isUpgrade, hello: isUpgrade ? helloIn(text) : null };
}

function helloIn(text: string): Hello | BadHello | null {
  const target = text.slice(0, text.indexOf('\r\n')).split(' ')[1] ?? '';
  const start = target.indexOf('?');
  if (start < 0) return null;
  const fields = queryFields(target.slice(start + 1));
  return hasHello(fields) ? parseHelloQuery(fields) : null;
}

/** Reads the head of the answer to an upgrade request as it passes. */
export class ResponseReader {
  readonly isBetweenFrames = false;
  readonly #head = new HeadReader();
  readonly #answered: (status: number | null, rest: Buffer) => void;

  /** @param answered with what came behind the head; null: the status can't be read */
  constructor(answered: (status: number | null, rest: Buffer) => void) {
    this.#answered = answered;
  }

  feed(chunk: Buffer): number {
    for (let bytes = chunk; ; ) {
      const whole = this.#head.read(bytes);
      if (whole === null) return chunk.length;
      const status = whole === undefined ? null : readStatus(whole.head);
      bytes = whole?.rest ?? EMPTY;
      // Others of 1xx come before the answer (RFC 9110, 15.2).
      const isInterim = status !== null && status < 200 && status !== 101;
      if (!isInterim) {
        this.#answered(status, bytes);
        return chunk.length;
      }
    }
  }
}

const EMPTY = Buffer.alloc(0);

/** The status of a response; null where it is no HTTP response. */
function readStatus(head: Buffer): number | null {
  const [, status] = /^HTTP\/1\.[01] (\d{3})[ \r]/.exec(head.toString('latin1', 0, 32)) ?? [];
  return status === undefined ? null : Number(status);
}
