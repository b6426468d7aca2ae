/** What is guessed of lines that nobody described, for people to look at: never for a verdict. */

/** Words that lines about connections have, and others too. */
const ABOUT_CONNECTIONS =
  /web ?socket|\bwss?\b|\bsocket\b|(?:dis|re)?-?connect|\bon ?(?:open|close)\b|\b(?:opened|closed?)\b|\bopen\b|handshake|\b(?:100[0-9]|101[0-5])\b|takeover|takenover/i;

export const isAboutConnections = (text: string): boolean => ABOUT_CONNECTIONS.test(text);

const CLOSE =
  /disconnect|clos|\blost\b|\bgone\b|timed? ?out|timeout|terminat|\bleft\b|\bdropped\b/i;
const OPEN = /connect|\bopen|on_?open|establish|accept|\bjoined\b|upgraded/i;

/** The event that a word or a message may stand for. */
export function eventLike(text: string): 'connection_opened' | 'connection_closed' | undefined {
  if (CLOSE.test(text)) return 'connection_closed';
  return OPEN.test(text) ? 'connection_opened' : undefined;
}

/** The field that a key may stand for, by its name without marks. */
const FIELDS: [RegExp, string][] = [
  [/^(?:sessionid|session|sid|tabid)$/, 'session_id'],
  [/^(?:connectionid|connid|conn|cid|socketid|wsid|clientid|peerid|id)$/, 'client_id'],
  [/^(?:closecode|wscode|code|statuscode)$/, 'close_code'],
  [/^(?:connectionsequence|sequence|seq)$/, 'connection_sequence'],
  [/^(?:closereason|reason|cause)$/, 'close_reason'],
  [
    /^(?:duration|elapsed|uptime|lifetime|lived|requesttime|age|secs|seconds)(?:ns|us|ms|s|sec|seconds|min|minutes)?$/,
    'duration_seconds',
  ],
  [
    /^(?:remoteaddr|remoteaddress|remote|remoteip|ip|peer|clientip|addr|address)$/,
    'remote_address',
  ],
];

/** Who comes back, where nothing is called a session. */
const PERSON = /^(?:client|user|userid|uid|deviceid|device|account|accountid|username|login)$/;

const lastPart = (path: string): string =>
  (path.split('.').at(-1) ?? '').toLowerCase().replace(/[^a-z0-9]/g, '');

export const fieldLike = (path: string): string | undefined =>
  FIELDS.find(([name]) => name.test(lastPart(path)))?.[1];

export const isPerson = (path: string): boolean => PERSON.test(lastPart(path));

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
