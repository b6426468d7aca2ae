/**
 * The handshake's two frames, `hello` and `welcome`, and the hello as query string fields. What is
 * parsed here came from a stranger: nothing is believed that isn't checked.
 */

import { attempted } from './attempted.ts';

export const HANDSHAKE_VERSION = 1;

/** Longest hello, in bytes of UTF-8. */
export const MAX_HELLO_BYTES = 4096;

/** Whether the number outlives the document (`session`), or not, for want of storage (`memory`). */
export type Persistence = 'session' | 'memory';

export interface Hello {
  session_id: string;
  connection_sequence: number;
  document_id: string | null;
  persistence: Persistence;
  reconnect_token: string | null;
}

/** As it travels: what is null is left out. */
export interface HelloFields {
  version: typeof HANDSHAKE_VERSION;
  session_id: string;
  connection_sequence: number;
  document_id?: string;
  persistence: Persistence;
  reconnect_token?: string;
}

export interface Welcome {
  client_id: string;
  /** The session's highest number the server had seen before this hello; 0 for none, or not told. */
  last_seen_sequence: number;
  reconnect_token: string | null;
  /** The server sends a message this often, milliseconds; null: it promises none. */
  ping_interval_ms: number | null;
}

/** A hello that can't be taken: what is wrong, and the fields that could be read all the same. */
export interface BadHello {
  problem: string;
  readable: Partial<Pick<Hello, 'session_id' | 'connection_sequence'>> & { document_id?: string };
}

const ID = /^[\w.~-]{1,128}$/;
const TOKEN = /^[\w.~+/=-]{1,256}$/;
const DECIMAL = /^[1-9]\d{0,15}$/;

export const isId = (value: unknown): value is string =>
  typeof value === 'string' && ID.test(value);

export const isToken = (value: unknown): value is string =>
  typeof value === 'string' && TOKEN.test(value);

/** What a timer can wait for. */
const isInterval = (value: unknown): value is number =>
  typeof value === 'number' && value > 0 && value < 2 ** 30;

export const isSequence = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) > 0;

export function encodeHello(hello: Hello): string {
  return JSON.stringify({ type: 'hello', ...helloFields(hello) });
}

/** What is null does not travel. */
export function encodeWelcome({
  client_id,
  last_seen_sequence,
  reconnect_token,
  ping_interval_ms,
}: Omit<Welcome, 'last_seen_sequence'> & { last_seen_sequence: number | null }): string {
  return JSON.stringify({
    type: 'welcome',
    version: HANDSHAKE_VERSION,
    client_id,
    last_seen_sequence: last_seen_sequence ?? undefined,
    reconnect_token: reconnect_token ?? undefined,
    ping_interval_ms: ping_interval_ms ?? undefined,
  });
}

/** What the server sends so that pages, which can't hear pings, hear something. */
export const PING_MESSAGE = '{"type":"ping"}';
const PING = /^\s*\{\s*"type"\s*:\s*"ping"\s*\}\s*$/;

/** Whether a message is the server's sign of life, and nothing else. */
export const isPingMessage = (text: string): boolean => PING.test(text);

/** The hello as fields of a query string, all text. */
export const helloToQuery = (hello: Hello): [name: string, value: string][] =>
  Object.entries(helloFields(hello)).map(([name, value]) => [name, String(value)]);

export function helloFields(hello: Hello): HelloFields {
  const fields = Object.entries({ version: HANDSHAKE_VERSION, ...hello });
  return Object.fromEntries(fields.filter(([, value]) => value !== null)) as unknown as HelloFields;
}

/**
 * A query string's fields by name. One that is there twice is empty, for nobody knows which counts.
 *
 * @param query without the question mark
 */
export function queryFields(query: string): Map<string, string> {
  const fields = new Map<string, string>();
  const text = query.includes('%') || query.includes('+') ? decoded : asItIs;
  for (let start = 0; start < query.length; ) {
    const end = indexOrEnd(query, '&', start, query.length);
    const equals = indexOrEnd(query, '=', start, end);
    const name = text(query.slice(start, equals));
    fields.set(name, fields.has(name) ? '' : text(query.slice(equals + 1, end)));
    start = end + 1;
  }
  return fields;
}

function indexOrEnd(text: string, sign: string, start: number, end: number): number {
  const index = text.indexOf(sign, start);
  return index < 0 || index > end ? end : index;
}

/** Escapes that are none stay as they are: neither an id nor a token has a percent sign. */
const decoded = (text: string): string =>
  attempted(() => decodeURIComponent(text.replaceAll('+', ' '))) ?? text;

const asItIs = (text: string): string => text;

/** Whether a query string's fields carry a hello. */
export const hasHello = (query: ReadonlyMap<string, string>): boolean => query.has('session_id');

export function parseHello(text: string): Hello | BadHello {
  const frame = parseObject(text);
  if (frame === undefined) return { problem: 'not a JSON object', readable: {} };
  if (frame.type !== 'hello') return { problem: 'type is not "hello"', readable: {} };
  return checkHello(frame);
}

export function parseHelloQuery(query: ReadonlyMap<string, string>): Hello | BadHello {
  return checkHello({
    version: fromDecimal(query.get('version') ?? '1'),
    session_id: query.get('session_id'),
    connection_sequence: fromDecimal(query.get('connection_sequence')),
    document_id: query.get('document_id'),
    persistence: query.get('persistence'),
    reconnect_token: query.get('reconnect_token'),
  });
}

/** Whether a frame is meant as a hello, sound or not. */
export const saysHello = (text: string): boolean => parseObject(text)?.type === 'hello';

export const isBadHello = (hello: Hello | BadHello): hello is BadHello => 'problem' in hello;

/** A welcome that can't be taken: what is wrong with it. */
export interface BadWelcome {
  problem: string;
}

export function parseWelcome(text: string): Welcome | BadWelcome {
  const frame = parseObject(text);
  if (frame === undefined) return { problem: 'not a JSON object' };
  const { type, ping_interval_ms = null } = frame;
  const welcome = sessionWelcome(frame);
  const isWhole = ping_interval_ms === null || isInterval(ping_interval_ms);
  if (typeof welcome === 'object' && isWhole) return { ...welcome, ping_interval_ms };
  const wrong = typeof welcome === 'object' ? 'ping_interval_ms' : welcome;
  // Of what came instead no more is told than a short word: it may be secret.
  const found = wrong === 'type' && isId(type) ? `"${type}", ` : '';
  return { problem: `${wrong} is ${found}not ${WELCOME_FIELDS[wrong]}` };
}

/** What a welcome has in each field. */
const WELCOME_FIELDS = {
  type: '"welcome"',
  version: HANDSHAKE_VERSION,
  client_id: 'an id of 1 to 128 of A-Z a-z 0-9 . _ ~ -',
  last_seen_sequence: '0 or a safe positive integer',
  reconnect_token: 'a token',
  ping_interval_ms: 'a number of milliseconds',
};

type SessionWelcome = Omit<Welcome, 'ping_interval_ms'>;

/**
 * What of a welcome concerns the session; undefined for anything that is none.
 *
 * @param message as text, or parsed
 */
export function parseSessionWelcome(message: unknown): SessionWelcome | undefined {
  const frame = (parseJson(message) ?? message ?? {}) as Record<string, unknown>;
  const welcome = sessionWelcome(frame);
  return typeof welcome === 'object' ? welcome : undefined;
}

/** The name of the first field that is wrong, where one is. */
function sessionWelcome(
  frame: Record<string, unknown>,
): SessionWelcome | keyof typeof WELCOME_FIELDS {
  const { client_id, last_seen_sequence = 0, reconnect_token = null } = frame;
  if (frame.type !== 'welcome') return 'type';
  if (frame.version !== HANDSHAKE_VERSION) return 'version';
  if (!isId(client_id)) return 'client_id';
  if (last_seen_sequence !== 0 && !isSequence(last_seen_sequence)) return 'last_seen_sequence';
  if (reconnect_token !== null && !isToken(reconnect_token)) return 'reconnect_token';
  return { client_id, last_seen_sequence, reconnect_token };
}

/** A hello's fields, from wherever they came, each as its own type. */
export function checkHello(fields: Readonly<Record<string, unknown>>): Hello | BadHello {
  const { version, session_id, connection_sequence } = fields;
  const document_id = fields.document_id ?? null;
  const persistence = fields.persistence ?? 'session';
  const reconnect_token = fields.reconnect_token ?? null;
  const bad = (problem: string): BadHello => ({ problem, readable: readable(fields) });
  if (version !== HANDSHAKE_VERSION) return bad(`version is not ${HANDSHAKE_VERSION}`);
  if (!isId(session_id)) return bad('session_id is not an id');
  if (!isSequence(connection_sequence)) {
    return bad('connection_sequence is not a safe positive integer');
  }
  if (document_id !== null && !isId(document_id)) return bad('document_id is not an id');
  if (persistence !== 'session' && persistence !== 'memory') {
    return bad('persistence is not "session" or "memory"');
  }
  if (reconnect_token !== null && !isToken(reconnect_token)) {
    return bad('reconnect_token is not a token');
  }
  return { session_id, connection_sequence, document_id, persistence, reconnect_token };
}

function readable(fields: Readonly<Record<string, unknown>>): BadHello['readable'] {
  const { session_id, connection_sequence, document_id } = fields;
  return {
    ...(isId(session_id) && { session_id }),
    ...(isSequence(connection_sequence) && { connection_sequence }),
    ...(isId(document_id) && { document_id }),
  };
}

const fromDecimal = (text: string | undefined): number | undefined =>
  text !== undefined && DECIMAL.test(text) ? Number(text) : undefined;

function parseObject(text: string): Record<string, unknown> | undefined {
  const value = parseJson(text);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** undefined after a SyntaxError, or a RangeError from deep nesting: either way no frame of ours. */
const parseJson = (text: unknown): unknown => attempted(() => JSON.parse(text as string));
