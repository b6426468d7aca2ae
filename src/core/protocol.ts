import {
  encodeHello,
  type Hello,
  helloToQuery,
  isPingMessage,
  parseWelcome,
  type Welcome,
} from './handshake.ts';

/** What a welcome tells; of many servers, no id for the connection. */
export interface Taken extends Omit<Welcome, 'client_id'> {
  client_id: string | null;
}

/** What a client makes of a socket that opens, or of a message. */
export interface Reaction {
  /** Sent at once. */
  send?: string;
  /** The server has taken the connection. */
  welcome?: Taken;
  /** The server can't be talked with: the connection is given up for that reason. */
  failure?: string;
  /** The message is the protocol's own, and not for the application. */
  isOwn?: boolean;
}

/** How a client and a server talk until both know of the connection, and what they say to stay in touch. */
export interface Protocol {
  /** What the address that is dialled has in its query string besides. */
  query(hello: Hello): [name: string, value: string][];
  /** The upgrade is through. */
  opened(hello: Hello): Reaction;
  received(text: string, hello: Hello, isWelcomed: boolean): Reaction;
}

const NOTHING: Reaction = {};
const OWN: Reaction = { isOwn: true };

/** Until the welcome nothing else may come; a backend that chats first is not ours. */
function received(text: string, _hello: Hello, isWelcomed: boolean): Reaction {
  if (isWelcomed) return isPingMessage(text) ? OWN : NOTHING;
  const welcome = parseWelcome(text);
  return welcome ? { welcome } : { failure: 'no welcome' };
}

/** wsdiag's own handshake, by where the hello travels: as the first frame, or in the query string. */
export const HANDSHAKES: Record<'frame' | 'query', Protocol> = {
  frame: { query: () => [], opened: (hello) => ({ send: encodeHello(hello) }), received },
  query: { query: helloToQuery, opened: () => NOTHING, received },
};
