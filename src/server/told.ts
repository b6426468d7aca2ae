import {
  type BadHello,
  checkHello,
  type Hello,
  hasHello,
  isBadHello,
  isSequence,
  MAX_HELLO_BYTES,
  parseHello,
  parseHelloQuery,
  queryFields,
  saysHello,
} from '../core/handshake.ts';

/** Where the application has a session's fields. Those of [the handshake](../../docs/handshake.md), all optional. */
export interface SessionFields {
  /** Printable, at most 256 characters; or a whole number. */
  session_id?: unknown;
  /** From 1, also as text. */
  connection_sequence?: unknown;
  /** As `session_id`. */
  document_id?: unknown;
  /** What the last welcome gave. */
  reconnect_token?: unknown;
  persistence?: unknown;
}

/** What a connection has told of its session. */
export interface ToldSession {
  /** As the log has them; what is not known is not there. */
  fields: {
    session_id?: string;
    connection_sequence?: number;
    document_id?: string;
    /** Why what was told is no hello. */
    hello_problem?: string;
  };
  /** The hello, where it was sound. */
  hello: Hello | null;
}

export const NOTHING: ToldSession = { fields: {}, hello: null };

/** From a request's query string; null where that has no hello. */
export function toldByUrl(url: string | undefined): ToldSession | null {
  const start = url?.indexOf('?') ?? -1;
  // Most requests are not worth being taken apart.
  if (url === undefined || start < 0 || !url.includes('session_id', start)) return null;
  const query = queryFields(url.slice(start + 1));
  return hasHello(query) ? toldBy(parseHelloQuery(query)) : null;
}

/** From a frame; null where that is no hello. */
export function toldByFrame(message: string | Uint8Array): ToldSession | null {
  if (typeof message !== 'string' || !mayBeHello(message)) return null;
  const hello = parseHello(message);
  return isBadHello(hello) && !saysHello(message) ? null : toldBy(hello);
}

/** Whether a message is a hello, sound or not: for the application that gets it too, and has no use for it. */
export function isHello(message: unknown): boolean {
  if (typeof message !== 'string' && !(message instanceof Uint8Array)) return false;
  if (message.length > MAX_HELLO_BYTES) return false;
  const text = `${message}`;
  return mayBeHello(text) && saysHello(text);
}

const mayBeHello = (text: string): boolean =>
  text.length <= MAX_HELLO_BYTES && text.includes('"hello"');

/** From fields that have been found; null where there are none. */
export function toldByFields(found: unknown): ToldSession | null {
  if (typeof found !== 'object' || found === null) return null;
  const named: Record<string, unknown> = { version: 1, ...found };
  named.session_id = idIn(named.session_id);
  named.document_id = idIn(named.document_id);
  named.connection_sequence = numberIn(named.connection_sequence);
  if (named.session_id === undefined && named.connection_sequence === undefined) return NOTHING;
  const told = toldBy(checkHello(named));
  return told.hello === null ? withOwnIds(told, named) : told;
}

const toldBy = (hello: Hello | BadHello): ToldSession =>
  isBadHello(hello)
    ? { fields: { ...hello.readable, hello_problem: hello.problem }, hello: null }
    : { fields: fieldsOf(hello), hello };

const fieldsOf = ({
  session_id,
  connection_sequence,
  document_id,
}: Hello): ToldSession['fields'] => ({
  session_id,
  connection_sequence,
  ...(document_id !== null && { document_id }),
});

/** An application's ids need not be the handshake's: nothing is wrong with them, but no hello can be answered. */
function withOwnIds({ fields }: ToldSession, named: Record<string, unknown>): ToldSession {
  const { session_id, document_id, connection_sequence } = named as ToldSession['fields'];
  const problem =
    connection_sequence === undefined
      ? 'connection_sequence is not a safe positive integer'
      : session_id === undefined && fields.hello_problem;
  return {
    fields: {
      ...(session_id !== undefined && { session_id }),
      ...(connection_sequence !== undefined && { connection_sequence }),
      ...(document_id !== undefined && { document_id }),
      ...(problem && { hello_problem: problem }),
    },
    hello: null,
  };
}

/** Neither control characters nor line breaks nor halves of characters. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}]{1,256}$/u;

function idIn(value: unknown): string | undefined {
  if (Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && PRINTABLE.test(value) ? value : undefined;
}

function numberIn(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return isSequence(number) ? number : undefined;
}
