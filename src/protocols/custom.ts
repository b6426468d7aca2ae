import { isSequence, isToken } from '../core/handshake.ts';
import type { Protocol, Reaction, Taken } from '../core/protocol.ts';
import { fillIn, ofHello } from '../core/template.ts';

/** When a server of one's own has taken a connection. */
export type WelcomeRule =
  /** The upgrade is through. */
  | 'open'
  /** It has said anything at all. */
  | 'first-message'
  | WelcomeMessage;

/** A message in JSON. Paths are of keys, with dots between them. */
export interface WelcomeMessage {
  /** What it has to have, by path. */
  match: Readonly<Record<string, string | number | boolean>>;
  /** Paths of what it tells; undefined for what it does not. */
  clientId?: string | undefined;
  lastSeenSequence?: string | undefined;
  reconnectToken?: string | undefined;
}

export interface CustomOptions {
  /** Sent once the upgrade is through, with the hello's values filled in; undefined: nothing is. */
  hello?: string | undefined;
  welcome: WelcomeRule;
}

const MAX_ID = 256;
const NO_WELCOME: Reaction = {};
const UNTOLD: Taken = {
  client_id: null,
  last_seen_sequence: 0,
  reconnect_token: null,
  ping_interval_ms: null,
};

/** A protocol of the user's own: what is said at the open, and by what the welcome is known. */
export function custom({ hello: template, welcome: rule }: CustomOptions): Protocol {
  return {
    query: () => [],
    opened: (hello) => ({
      ...(template !== undefined && { send: fillIn(template, ofHello(hello)) }),
      ...(rule === 'open' && { welcome: UNTOLD }),
    }),
    received: (text, _hello, isWelcomed) => {
      if (isWelcomed || rule === 'open') return NO_WELCOME;
      return rule === 'first-message' ? { welcome: UNTOLD } : welcomeIn(text, rule);
    },
  };
}

/** Other messages may come before it. */
function welcomeIn(text: string, { match, ...paths }: WelcomeMessage): Reaction {
  const message = parse(text);
  const isIt = Object.entries(match).every(([path, value]) => at(message, path) === value);
  if (!isIt) return NO_WELCOME;
  const told = (path: string | undefined) => (path === undefined ? undefined : at(message, path));
  const [clientId, lastSeen, token] = [
    told(paths.clientId),
    told(paths.lastSeenSequence),
    told(paths.reconnectToken),
  ];
  const id = idIn(clientId);
  if (paths.clientId !== undefined && id === null) {
    return { failure: `the welcome has no id at ${paths.clientId}` };
  }
  return {
    welcome: {
      client_id: id,
      last_seen_sequence: isSequence(lastSeen) ? lastSeen : 0,
      reconnect_token: isToken(token) ? token : null,
      ping_interval_ms: null,
    },
  };
}

/** A server of one's own may write them as it likes, and count them. */
function idIn(value: unknown): string | null {
  if (typeof value === 'number') return `${value}`;
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) =>
        typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
          ? (inner as Record<string, unknown>)[key]
          : undefined,
      value,
    );
}
