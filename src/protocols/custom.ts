import type { Taken } from '../core/host.ts';
import type { Message, Protocol, Reaction } from '../core/protocol.ts';
import { fillIn, ofHello } from '../core/template.ts';
import { isMap, parseJson, takenBy } from './json.ts';

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
      let missed: string | undefined;
      return {
        query: [],
        get missed() {
          return isWelcomed ? undefined : missed;
        },
        opened: () => ({
          ...(template !== undefined && { send: [fillIn(template, ofHello(hello))] }),
          ...(isWelcomed && { welcome: UNTOLD }),
        }),
        received: (message) => {
          if (isWelcomed || rule === 'open') return NO_WELCOME;
          const reaction =
            rule === 'first-message' ? { welcome: UNTOLD } : welcomeIn(message, rule);
          isWelcomed = 'welcome' in reaction;
          if (typeof rule === 'object') missed ??= mismatch(message, rule.match);
          return reaction;
        },
      };
    },
  };
}

/** Other messages may come before it. */
function welcomeIn(message: Message, { match, ...paths }: WelcomeMessage): Reaction {
  const answer = answerIn(message);
  if (unmatched(answer, match)) return NO_WELCOME;
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

const answerIn = (message: Message): unknown =>
  typeof message === 'string' ? parseJson(message) : undefined;

/** The first thing that a welcome has to have, and the answer has not. */
const unmatched = (answer: unknown, match: WelcomeMessage['match']) =>
  Object.entries(match).find(([path, value]) => at(answer, path) !== value);

const MAX_SHOWN = 40;
const MAX_KEYS = 8;

/** What came first in its place. But for the value that is looked for, names alone are told: the rest may be secret. */
function mismatch(message: Message, match: WelcomeMessage['match']): string | undefined {
  const answer = answerIn(message);
  const [path, value] = unmatched(answer, match) ?? [];
  if (path === undefined) return undefined;
  const wanted = `no message had ${path} ${JSON.stringify(value)}; the first`;
  if (!isMap(answer)) return `${wanted} was ${kindOf(message, answer)}`;
  const found = at(answer, path);
  const has = found === undefined ? `no ${path}` : `${path} ${shown(found)}`;
  const keys = Object.keys(answer).map((key) => key.slice(0, MAX_SHOWN));
  const more = keys.length > MAX_KEYS ? ', …' : '';
  return `${wanted} had ${has}; its keys: ${keys.slice(0, MAX_KEYS).join(', ')}${more}`;
}

function kindOf(message: Message, answer: unknown): string {
  if (typeof message !== 'string') return `${message.length} bytes`;
  return answer === undefined ? 'no JSON' : 'JSON, but no object';
}

const shown = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? 'that is no simple value'
    : JSON.stringify(typeof value === 'string' ? value.slice(0, MAX_SHOWN) : value);

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
