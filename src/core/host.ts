import type { WriteLog } from './records.ts';
import type { SequenceStorage } from './sequence.ts';
import type { CutHow, Latency } from './world.ts';

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
  /** Status of a refused upgrade. */
  httpStatus: number | null;
  /** The refusal's Retry-After. */
  retryAfterMs: number | null;
}

export interface SocketEvents {
  opened(): void;
  received(text: string): void;
  /** Any frame came, control frames included. */
  heard(): void;
  /** Comes once, and last; never from within a call on the socket. */
  ended(end: SocketEnd): void;
}

/** A WebSocket as the page has it, over a wire that can be cut and delayed. */
export interface Socket {
  /** Something has come that latency still keeps from the page: its end, for all it knows. */
  readonly behind: boolean;
  send(text: string): void;
  /** Starts the closing handshake; `ended` follows. */
  close(code: number, reason: string): void;
  /** The page goes: a close frame with 1001 if it was open. No event follows. */
  leave(): void;
  /** Gives it up without a close frame. No event follows. */
  abandon(): void;
  cut(how: CutHow): void;
  setLatency(latency: Latency | null): void;
}

/** The world of one document. */
export interface ClientHost extends Clock {
  /** Uniform in [0, 1). */
  random(): number;
  randomUUID(): string;
  readonly storage: SequenceStorage;
  readonly log: WriteLog<'client'>;
  /** `query`: fields to add to the URL's query string. */
  dial(query: [name: string, value: string][], events: SocketEvents): Socket;
  /**
   * Claims a session for this document, as a page would with a Web Lock. Decided with the way to
   * let it go again, or with null: a live document has it, so this tab is a copy.
   */
  claimSession(sessionId: string, decided: (release: (() => void) | null) => void): void;
}
