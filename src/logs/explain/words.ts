/** What is guessed of lines that nobody described, for people to look at: never for a verdict. */

/** Words that lines about connections have, and others too. */
const ABOUT_CONNECTIONS =
  /web ?socket|\bwss?\b|\bsocket\b|(?:dis|re)?-?connect|\bon ?(?:open|close)\b|\b(?:opened|closed?)\b|\bopen\b|handshake|\b(?:100[0-9]|101[0-5])\b|takeover|takenover/i;

/** What else is connected to, and what is printed of an error: no line of it is about a WebSocket. */
const ABOUT_OTHERS =
  /postgres|psql|redis|\bdb\b(?!=)|database|mysql|mongo|kafka|amqp|rabbit|smtp|upstream pool|^\s*(?:Traceback|at |File "|[\w.]*(?:Error|Exception)\b)/i;
const ABOUT_WEBSOCKETS = /web ?socket|\bwss?\b/i;

const isAboutOthers = (text: string): boolean =>
  ABOUT_OTHERS.test(text) && !ABOUT_WEBSOCKETS.test(text);

export const isAboutConnections = (text: string): boolean =>
  (ABOUT_CONNECTIONS.test(text) || isOfClient(text)) && !isAboutOthers(text);

/** A handshake as headers and access logs have it. */
const ASKED = /"upgrade"\s*:\s*(?:\[\s*)?"websocket"/i;
const SWITCHED = /"[\w.-]*status(?:[_-]?code)?"\s*:\s*"?101\b|\bstatus=101\b|HTTP\/1\.1" 101 /i;

/** What a line tells of a handshake, in a word; empty where it tells of none. */
export function handshakeIn(line: string): string {
  if (SWITCHED.test(line)) return 'switched';
  return ASKED.test(line) ? 'asked' : '';
}

const CLOSE = /disconnect|clos|\blost\b|\bgone\b|timed? ?out|timeout|terminat|\bdropped\b/i;
const OPEN = /connect(?!ing)|\bopen|on_?open|upgraded/i;
/** Much is accepted and left: these count where a client is named, and only if no other word says as much. */
const LEAVES = /(?:un|de)register|(?<![a-z])left(?![a-z])/i;
const COMES = /(?<![a-z])(?:registered|joined|accepted|established|authenticated)/i;
const CLIENT =
  /(?<![a-z])(?:clients?|wss?|(?:web)?sockets?|peers?|conn(?:ection)?s?|sessions?)(?![a-z])|users?\b.*(?:joined|left)/i;

const isOfClient = (text: string): boolean =>
  (LEAVES.test(text) || COMES.test(text)) && CLIENT.test(text);
/** Neither opened nor closed: it was tried, or looked whether somebody is there. */
const NEITHER = /\bping|\bpong|heartbeat|\bfail|refused|reject|denied|connect(?:ion)? error/i;
const ENDS = /disconnect|clos|terminat/i;

export type EventLike = 'connection_opened' | 'connection_closed';

/**
 * The event that a word or a message may stand for.
 *
 * @param line what it is part of
 */
export function eventLike(text: string, line = text): EventLike | undefined {
  if (isAboutOthers(text) || (NEITHER.test(text) && !ENDS.test(text))) return undefined;
  if (CLOSE.test(text)) return 'connection_closed';
  if (LEAVES.test(text) && CLIENT.test(line)) return 'connection_closed';
  const isOpen = OPEN.test(text) || (COMES.test(text) && CLIENT.test(line));
  return isOpen ? 'connection_opened' : undefined;
}

/** What is guessed to stand for an event. */
export interface Guess {
  event: EventLike;
  word: string;
}

/** Whether a word says it by itself, and not only of clients or by what is opened and closed. */
const isSure = (word: string): boolean =>
  CLOSE.test(word) || OPEN.test(word.replace(/^(?:connection|(?:web)?socket)s?\b/i, ''));

/** Those that are sure, where any of their event are; all others. */
export function surest<G extends Guess>(guesses: readonly G[]): G[] {
  const sure = new Set(guesses.filter(({ word }) => isSure(word)).map(({ event }) => event));
  return guesses.filter(({ event, word }) => isSure(word) || !sure.has(event));
}

/** Whether a word needs the next to say what it is said of: "Accepted WebSocket". */
export const needsNext = (word: string, next: string): boolean =>
  !isSure(word) && CLIENT.test(next);

/** What is opened and closed, and so by itself says neither. */
export const isNoun = (word: string): boolean => /^(?:connections?|(?:web)?sockets?)$/i.test(word);

/** The field that a key may stand for, by its name without marks. */
const FIELDS: [RegExp, string][] = [
  [/^(?:sessionid|session|sid|tabid)$/, 'session_id'],
  [/^(?:connectionid|connid|conn|cid|socketid|wsid|clientid|peerid|id)$/, 'client_id'],
  [/^(?:closecode|wscode|code|statuscode)$/, 'close_code'],
  [/^(?:connectionsequence|sequence|seq)$/, 'connection_sequence'],
  [/^(?:closereason|reason|cause)$/, 'close_reason'],
  [
    /^(?:duration|dur|elapsed|uptime|lifetime|lived|requesttime|age|secs|seconds)(?:ns|us|ms|s|sec|seconds|min|minutes)?$/,
    'duration_seconds',
  ],
  [
    /^(?:remoteaddr|remoteaddress|remote|remoteip|ip|peer|clientip|addr|address)$/,
    'remote_address',
  ],
];

/** What can only be an id of one connection. */
const CONNECTION = /^(?:connectionid|connid|conn|connection|cid|socketid|wsid)$/;
/** Who comes back, where nothing is called a session. */
const PERSON =
  /^(?:client|clientid|user|userid|uid|deviceid|device|account|accountid|username|login)$/;

/** Without marks; an `id` with what it is of. */
function lastPart(path: string): string {
  const [, of = '', last = ''] = OF_ITS_OWN.exec(path) ?? [];
  return `${of}${last || path.split('.').at(-1)}`.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const OF_ITS_OWN =
  /(?:^|\.)(session|conn|connection|socket|client|user|device|account)\.(id|name)$/i;

export const fieldLike = (path: string): string | undefined =>
  FIELDS.find(([name]) => name.test(lastPart(path)))?.[1];

export const isPerson = (path: string): boolean => PERSON.test(lastPart(path));

export const isUserAgent = (path: string): boolean => lastPart(path) === 'useragent';

/** The fields that stand somewhere among these, as far as names tell. */
export function fieldsAmong(paths: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const put = (field: string, path: string | undefined) => {
    if (path !== undefined && !found.has(field)) found.set(field, path);
  };
  put(
    'client_id',
    paths.find((path) => CONNECTION.test(lastPart(path))),
  );
  for (const path of paths.filter((path) => fieldLike(path) === path)) put(path, path);
  for (const path of paths) {
    const field = fieldLike(path);
    if (field !== undefined) put(field, path);
  }
  const connection = found.get('client_id');
  put(
    'session_id',
    paths.find((path) => isPerson(path) && path !== connection),
  );
  return found;
}

/** What stays the same in lines that differ by their times, ids and numbers. */
export function templateOf(text: string): string {
  return text
    .slice(0, 300)
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, '#')
    .replace(/\b(?=[a-z]*\d)[0-9a-z]{6,}\b/gi, '#')
    .replace(/=[^\s,;)\]]+/g, '=#')
    .replace(/"[^"]*"/g, '"#"')
    .replace(/\d+(?:[.:/-]\d+)*/g, '#')
    .split(/\s+/)
    .slice(0, 12)
    .join(' ');
}
