import { hash, randomFillSync } from 'node:crypto';

/** RFC 6455 §4: the client's half of the opening handshake, as text. */

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MAX_HEAD_BYTES = 16 * 1024;
/** Longest Retry-After that is kept to: a timer beyond 24 days would fire at once. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

export interface UpgradeRequest {
  text: string;
  /** What the server must answer in Sec-WebSocket-Accept. */
  accept: string;
}

/**
 * `target`: path and query; `hostHeader`: with the port where it isn't the scheme's own; `more`: further header
 * lines, each with its end.
 */
export function upgradeRequest(
  target: string,
  hostHeader: string,
  origin: string,
  more = '',
): UpgradeRequest {
  const key = nonce();
  const text =
    `GET ${target} HTTP/1.1\r\n` +
    `Host: ${hostHeader}\r\n` +
    'Upgrade: websocket\r\n' +
    'Connection: Upgrade\r\n' +
    `Sec-WebSocket-Key: ${key}\r\n` +
    'Sec-WebSocket-Version: 13\r\n' +
    `Origin: ${origin}\r\n${more}\r\n`;
  return { text, accept: hash('sha1', key + GUID, 'base64') };
}

const NONCE_BYTES = 16;
/** Entropy for the next nonces: asked for one by one, each costs a call into OpenSSL. */
const entropy = Buffer.alloc(NONCE_BYTES * 256);
let spent = entropy.length;

function nonce(): string {
  if (spent === entropy.length) {
    randomFillSync(entropy);
    spent = 0;
  }
  spent += NONCE_BYTES;
  return entropy.toString('base64', spent - NONCE_BYTES, spent);
}

export type UpgradeResponse =
  | { kind: 'partial' }
  /** `rest`: bytes that came behind the response. */
  | { kind: 'accepted'; rest: Buffer }
  | { kind: 'refused'; error: string; httpStatus: number | null; retryAfterMs: number | null };

/**
 * Reads the server's answer from what has come so far.
 *
 * @param subprotocols those that were offered
 */
export function readUpgradeResponse(
  received: Buffer,
  accept: string,
  subprotocols: readonly string[] = [],
): UpgradeResponse {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) {
    return received.length > MAX_HEAD_BYTES
      ? refused('response head too large')
      : { kind: 'partial' };
  }
  const [statusLine = '', ...lines] = received.toString('latin1', 0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})(?: |$)/.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) return refused('not an HTTP response');
  const headers = parseHeaders(lines);
  if (status !== 101) {
    const retryAfterMs = parseRetryAfter(headers.get('retry-after'));
    return { kind: 'refused', error: `HTTP ${status}`, httpStatus: status, retryAfterMs };
  }
  const problem = checkAccepted(headers, accept, subprotocols);
  return problem === null
    ? { kind: 'accepted', rest: received.subarray(end + 4) }
    : refused(problem, status);
}

function refused(error: string, httpStatus: number | null = null): UpgradeResponse {
  return { kind: 'refused', error, httpStatus, retryAfterMs: null };
}

function parseHeaders(lines: string[]): Map<string, string> {
  return new Map(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}

function checkAccepted(
  headers: Map<string, string>,
  accept: string,
  subprotocols: readonly string[],
): string | null {
  const chosen = headers.get('sec-websocket-protocol');
  if (headers.get('upgrade')?.toLowerCase() !== 'websocket') return 'no Upgrade: websocket';
  if (!headers.get('connection')?.toLowerCase().includes('upgrade')) {
    return 'no Connection: Upgrade';
  }
  if (headers.get('sec-websocket-accept') !== accept) return 'wrong Sec-WebSocket-Accept';
  if (headers.has('sec-websocket-extensions')) return 'an extension that was not asked for';
  if (chosen !== undefined && !subprotocols.includes(chosen)) {
    return 'a subprotocol that was not asked for';
  }
  return null;
}

/** RFC 9110 §10.2.3: seconds, or a date. Anything else is no floor. */
function parseRetryAfter(value: string | undefined): number | null {
  if (value === undefined) return null;
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? null : Math.min(Math.max(0, ms), MAX_RETRY_AFTER_MS);
}
