import type { Taken } from '../core/host.ts';
import type { Message, Protocol, Reaction } from '../core/protocol.ts';
import { fillIn, ofHello } from '../core/template.ts';
import { parseJson, takenBy } from './json.ts';

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

const NO_WELCOME: Reaction = {};
const UNTOLD: Taken = takenBy(null);

/** A protocol of the user's own: what is said at the open, and by what the welcome is known. */
export function custom({ hello: template, welcome: rule }: CustomOptions): Protocol {
  return {
    converse: (hello) => {
      let isWelcomed = rule === 'open';
      return {
        query: [],
        opened: () => ({
          ...(template !== undefined && { send: [fillIn(template, ofHello(hello))] }),
          ...(isWelcomed && { welcome: UNTOLD }),
        }),
        received: (message) => {
          if (isWelcomed || rule === 'open') return NO_WELCOME;
          const reaction =
            rule === 'first-message' ? { welcome: UNTOLD } : welcomeIn(message, rule);
          isWelcomed = 'welcome' in reaction;
          return reaction;
        },
      };
    },
  };
}

/** Other messages may come before it. */
function welcomeIn(message: Message, { match, ...paths }: WelcomeMessage): Reaction {
  const answer = typeof message === 'string' ? parseJson(message) : undefined;
  const isIt = Object.entries(match).every(([path, value]) => at(answer, path) === value);
  if (!isIt) return NO_WELCOME;
  const told = (path: string | undefined) => (path === undefined ? undefined : at(answer, path));
  const welcome = takenBy({
    client_id: told(paths.clientId),
    last_seen_sequence: told(paths.lastSeenSequence),
    reconnect_token: told(paths.reconnectToken),
  });
  return paths.clientId !== undefined && welcome.client_id === null
    ? { failure: `the welcome has no id at ${paths.clientId}` }
    : { welcome };
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
