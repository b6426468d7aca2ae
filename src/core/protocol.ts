import type { Hello } from './handshake.ts';
import type { Taken } from './host.ts';

export type Message = string | Uint8Array;

/** What a client makes of a socket that opens, or of a message. */
export interface Reaction {
  /** Sent at once, each as a message. */
  send?: readonly Message[];
  /** The server has taken the connection. */
  welcome?: Taken;
  /** From now on it is sent this often, so that the server does not give the client up. */
  keepAlive?: { everyMs: number; message: Message };
  /**
   * The server can't be talked with, or has said goodbye. Before the welcome the attempt fails for that reason; a
   * connection is closed with it.
   */
  failure?: string;
}

/** What is said on one socket. A server may send anything: neither method throws. */
export interface Conversation {
  /** What the address that is dialled has in its query string besides. */
  readonly query: [name: string, value: string][];
  /** The upgrade is through. */
  opened(): Reaction;
  received(message: Message): Reaction;
  /** Why the messages that came are no welcome; undefined where none came, or one that was. */
  readonly missed?: string | undefined;
}

/** How a client and a server talk until both know of the connection, and what they say to stay in touch. */
export interface Protocol {
  /** Offered in the upgrade request, before those that a target names itself. */
  readonly subprotocols?: readonly string[];
  /** Where servers listen that are asked for at `/`. */
  readonly path?: string;
  /** What its servers mean by the codes that they close with before the welcome. */
  readonly closeCodes?: Readonly<Record<number, string>>;
  converse(hello: Hello): Conversation;
}
