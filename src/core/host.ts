import type { Hello, Welcome } from './handshake.ts';
import type { WriteLog } from './records.ts';
import type { SequenceStorage } from './sequence.ts';

/** What both state machines ask of the world. Time is monotonic, in milliseconds. */
export interface Clock {
  now(): number;
  setTimer(delayMs: number, fire: () => void): unknown;
  clearTimer(timer: unknown): void;
}

/** How a socket ended. */
export interface SocketEnd {
  /** Close code as `CloseEvent.code`: 1006 where no close frame came. */
  code: number;
  reason: string;
  wasClean: boolean;
  /** Why it never opened, such as `ECONNREFUSED` or `HTTP 503`; null where it did open. */
  error: string | null;
  /** Status of a refused upgrade; null where it can't be seen, as in a page. */
  httpStatus: number | null;
  /** The refusal's Retry-After; null where it can't be seen. */
  retryAfterMs: number | null;
}

/** The end of a socket whose page has seen the code, and nothing but what is given beside it. */
export const socketEnd = (code: number, seen: Partial<SocketEnd>): SocketEnd => ({
  code,
  reason: '',
  wasClean: false,
  error: null,
  httpStatus: null,
  retryAfterMs: null,
  ...seen,
});

export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  /** Without it, messages of bytes are passed over. */
  receivedBytes?(bytes: Uint8Array): void;
  /** Something came: a message; to a client that can hear them, a ping too. */
  heard(): void;
  /** Comes once, and last; never from within a call on the socket. */
  ended(end: SocketEnd): void;
}

/** What a welcome tells; of many servers, no id for the connection. */
export interface Taken extends Omit<Welcome, 'client_id'> {
  client_id: string | null;
}

/** What a dial can come to: where the host itself talks with the server, it tells what came of that. */
export interface DialEvents extends SocketEvents {
  welcomed(welcome: Taken): void;
  /** The server can't be talked with, for that reason: the connection is given up. */
  failed(reason: string): void;
}

/** A WebSocket as the page has it. */
export interface Socket {
  /** Why the messages that came are not what its client waits for; undefined where that is not known. */
  readonly missed?: string | undefined;
  send(text: string): void;
  /** Starts the closing handshake; `ended` follows. */
  close(code: number, reason: string): void;
  /** The page goes: a close frame with 1001 if it was open. No event follows. */
  leave(): void;
  /** Gives it up without a close frame. No event follows. */
  abandon(): void;
}

/** What a dial brings along in its upgrade request. */
export interface DialRequest {
  /** Fields to add to the URL's query string. */
  query: [name: string, value: string][];
  /** Whose dial it is, for what the address or a header is to have of it. */
  hello: Hello;
}

/** The world of one document. */
export interface ClientHost extends Clock {
  /** Uniform in [0, 1). */
  random(): number;
  randomUUID(): string;
  readonly storage: SequenceStorage;
  readonly log: WriteLog<'client'>;
  dial(request: DialRequest, events: DialEvents): Socket;
  /**
   * Claims a session for this document, as a page would with a Web Lock. Decided with the way to
   * let it go again, or with null: a live document has it, so this tab is a copy.
   *
   * @param isNew this document has just made the session, so nobody else can have it
   */
  claimSession(
    sessionId: string,
    decided: (release: (() => void) | null) => void,
    isNew: boolean,
  ): void;
  /** A message for the application: each behind the welcome but the server's pings. */
  received?(text: string): void;
  /** Another document of this tab, which shares the storage, claims that session. */
  isInOtherFrame(sessionId: string): boolean;
}
